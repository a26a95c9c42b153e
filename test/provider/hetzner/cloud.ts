import { Answer, ApiServer, error, listed } from "./api-server";

export interface Thing {
  id: number;
  name: string;
  labels: Record<string, string>;
  protection?: { delete: boolean };
  [more: string]: unknown;
}

/**
 * A project that keeps objects by kind, lists them by name or labels and deletes them at once. Just enough for what
 * leftovers are about; the lab has a whole one.
 */
export class Cloud {
  readonly objects: Record<string, Thing[]> = {};
  /** Consulted first: faults. */
  before: ApiServer["answer"] = () => undefined;
  private nextId = 1;

  add(kind: string, name: string, labels: Record<string, string> = {}, more: object = {}): Thing {
    const thing = { id: this.nextId++, name, labels, ...more };
    (this.objects[kind] ??= []).push(thing);
    return thing;
  }

  /** As "servers/kluster-dev-il". */
  get all(): string[] {
    return Object.entries(this.objects).flatMap(([kind, things]) =>
      things.map(({ name }) => `${kind}/${name}`),
    );
  }

  readonly answer: ApiServer["answer"] = (asked) => this.before(asked) ?? this.own(asked);

  private own({ method, path }: { method: string; path: string }): Answer {
    const url = new URL(path, "http://api");
    const [, kind, id] = url.pathname.split("/");
    const things = (this.objects[kind] ??= []);
    if (method === "GET" && !id) {
      const name = url.searchParams.get("name");
      const wanted = (url.searchParams.get("label_selector") ?? "").split(",").filter(Boolean);
      const fits = (thing: Thing) =>
        (!name || thing.name === name) &&
        wanted.every((label) => thing.labels[label.split("=")[0]] === label.split("=")[1]);
      return listed(kind, things.filter(fits));
    }
    const index = things.findIndex((thing) => String(thing.id) === id);
    if (method === "GET" && index >= 0) return { body: { [kind.replace(/s$/, "")]: things[index] } };
    if (method !== "DELETE" || index < 0) return error(404, "not_found");
    things.splice(index, 1);
    return { status: 204 };
  }
}
