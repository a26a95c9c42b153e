import { ApiAnswer, ApiRequest, ok } from "./answer";
import { invalidInput } from "./api-error";
import { Labels } from "./state";
import { parseSelector } from "./labels";

/** What lists filter and sort by; the rest of an item is the caller's. */
interface Listed {
  id: number;
  name?: string | null;
  labels?: Labels;
}

/** Most items on a page, and how many there are without `per_page`. */
const MAX_PER_PAGE = 50;
const PER_PAGE = 25;

/**
 * Answers a list: filtered by name and labels, sorted, one page of it.
 * @param filters further query parameters that equal a property of an item; several values of one mean any of them
 */
export function listAnswer<T extends Listed>(
  { query }: ApiRequest,
  key: string,
  items: T[],
  filters: Record<string, (item: T) => string | undefined> = {},
): ApiAnswer {
  let found = items;
  const keep = (parameter: string, property: (item: T) => string | undefined) => {
    const wanted = query.getAll(parameter);
    if (wanted.length > 0) found = found.filter((item) => wanted.includes(property(item) ?? ""));
  };
  keep("name", (item) => item.name ?? undefined);
  for (const [parameter, property] of Object.entries(filters)) keep(parameter, property);
  const selector = query.get("label_selector");
  if (selector) {
    const matches = parseSelector(selector);
    found = found.filter((item) => matches(item.labels ?? {}));
  }
  found = sorted(found, query.getAll("sort"), ORDERS[key] ?? BY_NAME);
  const perPage = Math.min(positive(query, "per_page", PER_PAGE), MAX_PER_PAGE);
  const page = positive(query, "page", 1);
  const lastPage = Math.max(1, Math.ceil(found.length / perPage));
  return ok({
    [key]: found.slice((page - 1) * perPage, page * perPage),
    meta: {
      pagination: {
        page,
        per_page: perPage,
        previous_page: page > 1 ? page - 1 : null,
        next_page: page < lastPage ? page + 1 : null,
        last_page: lastPage,
        total_entries: found.length,
      },
    },
  });
}

const BY_NAME = ["id", "name"];
const WITH_TIME = [...BY_NAME, "created"];

/** By what each list can be sorted, where it is not id and name. */
const ORDERS: Record<string, string[]> = {
  actions: ["id", "command", "status", "started", "finished"],
  primary_ips: ["id", "created"],
  floating_ips: ["id", "created"],
  ...Object.fromEntries(
    [
      "servers",
      "networks",
      "firewalls",
      "placement_groups",
      "images",
      "volumes",
      "load_balancers",
      "certificates",
    ].map((kind) => [kind, WITH_TIME]),
  ),
};

function sorted<T extends Listed>(items: T[], orders: string[], allowed: string[]): T[] {
  const result = [...items];
  for (const order of [...orders].reverse()) {
    const [field, direction = "asc"] = order.split(":");
    const sign = direction === "desc" ? -1 : 1;
    const value = (item: T) => (item as unknown as Record<string, string | number>)[field];
    if (!allowed.includes(field) || !["asc", "desc"].includes(direction))
      throw invalidInput({ sort: `cannot sort by '${order}'` });
    result.sort((one, other) => (value(one) < value(other) ? -sign : value(one) > value(other) ? sign : 0));
  }
  return result;
}

function positive(query: URLSearchParams, name: string, missing: number): number {
  const text = query.get(name);
  if (text === null) return missing;
  if (!/^[1-9]\d*$/.test(text)) throw invalidInput({ [name]: "must be a positive number" });
  return Number(text);
}
