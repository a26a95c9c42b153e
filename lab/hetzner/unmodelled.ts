/** Kinds of the real API of which nothing is here. */
const KINDS = ["isos", "load_balancer_types", "zones"];

/** Kinds whose actions are not here: their objects are made and deleted, and nothing happens to them. */
const WITHOUT_ACTIONS = ["certificates", "floating_ips", "images", "load_balancers", "volumes"];

/** Single operations of kinds that are here, by method and path. */
const OPERATIONS = [
  "PUT /images/{id}",
  "DELETE /images/{id}",
  "GET /load_balancers/{id}/metrics",
  "GET /servers/{id}/metrics",
  ...[
    ...["attach_iso", "detach_iso", "change_dns_ptr", "create_image", "enable_backup", "disable_backup"],
    ...["enable_rescue", "disable_rescue", "request_console", "reset_password"],
  ].map((action) => `POST /servers/{id}/actions/${action}`),
];

/** Whether the real API has an operation that the stand-in has not. What neither has is a 404. */
export function isUnmodelled(method: string, path: string): boolean {
  const [, kind, ...rest] = path.split("/");
  if (KINDS.includes(kind)) return true;
  if (WITHOUT_ACTIONS.includes(kind) && rest.includes("actions")) return true;
  return OPERATIONS.includes(`${method} ${path.replace(/\/\d+(?=\/|$)/g, "/{id}")}`);
}
