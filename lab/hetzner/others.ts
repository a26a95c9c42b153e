import { created, noContent, ok } from "./answer";
import { invalidInput } from "./api-error";
import { Cloud } from "./cloud";
import { idOrName } from "./fields";
import { listAnswer } from "./lists";
import { byId, newNamed, renameAndLabel, without } from "./names";
import { Route } from "./routes";
import { findLocation, LOCATIONS } from "./catalogue/locations";
import { Other, OtherKind } from "./state";

/** The singular, under which one object is answered. */
const ONE: Record<OtherKind, string> = {
  volumes: "volume",
  floating_ips: "floating_ip",
  load_balancers: "load_balancer",
  certificates: "certificate",
};

/** Only what tools that clean up need: which object it is. The rest of these kinds is not modelled. */
const render = (other: Other) => ({
  id: other.id,
  name: other.name,
  labels: other.labels,
  created: other.created,
  location: findLocation(other.location),
});

const ofKind = ({ state }: Cloud, kind: OtherKind) => state.others.filter((other) => other.kind === kind);

const routesOf = (kind: OtherKind): Route[] => [
  {
    method: "GET",
    path: `/${kind}`,
    handle: (cloud, request) => listAnswer(request, kind, ofKind(cloud, kind).map(render)),
  },
  {
    method: "GET",
    path: `/${kind}/{id}`,
    handle: (cloud, { ids }) => ok({ [ONE[kind]]: render(byId(ofKind(cloud, kind), ids.id, ONE[kind])) }),
  },
  {
    method: "POST",
    path: `/${kind}`,
    handle: (cloud, { body }) => {
      const location = body.location === undefined ? LOCATIONS[0] : findLocation(idOrName(body, "location"));
      if (!location) throw invalidInput({ location: "location does not exist" });
      const other = {
        ...newNamed(cloud, body, ofKind(cloud, kind), ONE[kind]),
        kind,
        location: location.name,
      };
      cloud.state.others.push(other);
      return created({ [ONE[kind]]: render(other), action: null, next_actions: [] });
    },
  },
  {
    method: "PUT",
    path: `/${kind}/{id}`,
    handle: (cloud, { ids, body }) => {
      const other = byId(ofKind(cloud, kind), ids.id, ONE[kind]);
      renameAndLabel(other, body, ofKind(cloud, kind), ONE[kind]);
      return ok({ [ONE[kind]]: render(other) });
    },
  },
  {
    method: "DELETE",
    path: `/${kind}/{id}`,
    handle: (cloud, { ids }) => {
      cloud.state.others = without(cloud.state.others, byId(ofKind(cloud, kind), ids.id, ONE[kind]));
      return noContent;
    },
  },
];

export const otherRoutes: Route[] = (Object.keys(ONE) as OtherKind[]).flatMap(routesOf);
