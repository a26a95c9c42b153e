import { invalidInput, notFound, notUnique } from "./api-error";
import { Cloud, newId, timestamp } from "./cloud";
import { text } from "./fields";
import { labelsIn } from "./labels";
import { Named } from "./state";

type Body = Record<string, unknown>;

const HOSTNAME =
  /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;

/** Id, name, labels and time of a new object. @throws ApiError when the name is missing or taken */
export function newNamed(cloud: Cloud, body: Body, others: Named[], what: string): Named {
  const name = text(body, "name");
  refuseTaken(name, others, what);
  return { id: newId(cloud), name, labels: labelsIn(body) ?? {}, created: timestamp(cloud) };
}

/** Changes name and labels, where the body has them. */
export function renameAndLabel(object: Named, body: Body, others: Named[], what: string): void {
  const name = body.name === undefined ? object.name : text(body, "name");
  refuseTaken(
    name,
    others.filter((other) => other !== object),
    what,
  );
  object.labels = labelsIn(body) ?? object.labels;
  object.name = name;
}

function refuseTaken(name: string, others: Named[], what: string): void {
  if (what === "server" && !HOSTNAME.test(name)) throw invalidInput({ name: "must be a valid hostname" });
  if (others.some((other) => other.name === name))
    throw notUnique(what === "server" ? "server name" : "name");
}

/** The object with this id. @throws ApiError not_found */
export function byId<T extends { id: number }>(objects: T[], id: number, what: string): T {
  const found = objects.find((object) => object.id === id);
  if (!found) throw notFound(what, id);
  return found;
}

export const without = <T>(objects: T[], gone: T): T[] => objects.filter((object) => object !== gone);
