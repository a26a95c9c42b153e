import { ok } from "../answer";
import { listAnswer } from "../lists";
import { byId } from "../names";
import { Route } from "../routes";

/** A stock image. */
export interface Image {
  id: number;
  name: string;
  description: string;
  flavor: "debian" | "ubuntu";
  version: string;
  architecture: "x86" | "arm";
  created: string;
}

/** Ids are made up. The lab boots all of them as Debian. */
export const IMAGES: Image[] = (
  [
    ["debian-12", "Debian 12", "debian", "12", "2023-06-13T06:00:06Z"],
    ["debian-13", "Debian 13", "debian", "13", "2025-08-12T06:00:05Z"],
    ["ubuntu-24.04", "Ubuntu 24.04", "ubuntu", "24.04", "2024-04-25T13:26:27Z"],
  ] as const
).flatMap(([name, description, flavor, version, created], at) =>
  (["x86", "arm"] as const).map((architecture, half) => ({
    id: 114690000 + 2 * at + half,
    name,
    description,
    flavor,
    version,
    architecture,
    created,
  })),
);

export const renderImage = (image: Image) => ({
  id: image.id,
  type: "system",
  status: "available",
  name: image.name,
  description: image.description,
  image_size: null,
  disk_size: 5,
  created: image.created,
  created_from: null,
  bound_to: null,
  os_flavor: image.flavor,
  os_version: image.version,
  rapid_deploy: true,
  protection: { delete: false },
  deprecated: null,
  deleted: null,
  labels: {},
  architecture: image.architecture,
});

export const imageRoutes: Route[] = [
  {
    method: "GET",
    path: "/images",
    handle: (_cloud, request) =>
      listAnswer(request, "images", IMAGES.map(renderImage), {
        architecture: ({ architecture }) => architecture,
        type: ({ type }) => type,
        status: ({ status }) => status,
      }),
  },
  {
    method: "GET",
    path: "/images/{id}",
    handle: (_cloud, { ids }) => ok({ image: renderImage(byId(IMAGES, ids.id, "image")) }),
  },
];
