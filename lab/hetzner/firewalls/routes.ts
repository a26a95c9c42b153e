import { ActionRecord, begin, done, renderAction } from "../actions";
import { created, noContent, ok } from "../answer";
import { ApiError } from "../api-error";
import { Cloud } from "../cloud";
import { choice, integer, objects, text } from "../fields";
import { listAnswer } from "../lists";
import { byId, newNamed, renameAndLabel, without } from "../names";
import { addressOf } from "../primary-ips/primary-ips";
import { Route } from "../routes";
import { Firewall } from "../state";
import { parseSelector } from "../labels";
import { parseRules, refuseFirewall, renderFirewall } from "./firewalls";

type Body = Record<string, unknown>;

const find = ({ state }: Cloud, id: number) => byId(state.firewalls, id, "firewall");

const inner = (body: Body, name: string): Body => (body[name] ?? {}) as Body;

/** Puts a firewall on what a body's list names. */
function apply(cloud: Cloud, firewall: Firewall, targets: Body[]): ActionRecord[] {
  return targets.map((target) => {
    if (choice(target, "type", ["server", "label_selector"] as const) === "label_selector") {
      const selector = text(inner(target, "label_selector"), "selector");
      parseSelector(selector);
      if (firewall.appliedTo.some((one) => one.type === "label_selector" && one.selector === selector))
        throw new ApiError("firewall_already_applied", `firewall is already applied to '${selector}'`);
      firewall.appliedTo.push({ type: "label_selector", selector });
      return done(cloud, "apply_firewall", [{ type: "firewall", id: firewall.id }]);
    }
    const server = serverOf(cloud, target);
    const hasPublicNet = ["ipv4", "ipv6"].some((type) =>
      addressOf(cloud, server.id, type as "ipv4" | "ipv6"),
    );
    refuseFirewall(firewall, server, hasPublicNet);
    firewall.appliedTo.push({ type: "server", server: server.id, status: "pending" });
    return begin(cloud, "apply_firewall", resources(firewall, server.id), {
      do: "applyFirewall",
      firewall: firewall.id,
      server: server.id,
    });
  });
}

/** Takes a firewall off what a body's list names; nothing to do where it is not applied. */
function remove(cloud: Cloud, firewall: Firewall, targets: Body[]): ActionRecord[] {
  return targets.map((target) => {
    if (choice(target, "type", ["server", "label_selector"] as const) === "label_selector") {
      const selector = text(inner(target, "label_selector"), "selector");
      firewall.appliedTo = firewall.appliedTo.filter(
        (one) => one.type !== "label_selector" || one.selector !== selector,
      );
      return done(cloud, "remove_firewall", [{ type: "firewall", id: firewall.id }]);
    }
    const server = serverOf(cloud, target);
    return begin(cloud, "remove_firewall", resources(firewall, server.id), {
      do: "removeFirewall",
      firewall: firewall.id,
      server: server.id,
    });
  });
}

function serverOf({ state }: Cloud, target: Body) {
  const id = integer(inner(target, "server"), "id");
  const server = state.servers.find((one) => one.id === id);
  if (!server) throw new ApiError("firewall_resource_not_found", `server ${id} not found`);
  return server;
}

const resources = (firewall: Firewall, server: number) => [
  { type: "firewall", id: firewall.id },
  { type: "server", id: server },
];

export const firewallRoutes: Route[] = [
  {
    method: "GET",
    path: "/firewalls",
    handle: (cloud, request) =>
      listAnswer(
        request,
        "firewalls",
        cloud.state.firewalls.map((firewall) => renderFirewall(cloud, firewall)),
      ),
  },
  {
    method: "GET",
    path: "/firewalls/{id}",
    handle: (cloud, { ids }) => ok({ firewall: renderFirewall(cloud, find(cloud, ids.id)) }),
  },
  {
    method: "POST",
    path: "/firewalls",
    handle: (cloud, { body }) => {
      const rules = parseRules(body);
      const named = newNamed(cloud, body, cloud.state.firewalls, "firewall");
      const firewall: Firewall = { ...named, rules, appliedTo: [] };
      const actions = [
        done(cloud, "set_firewall_rules", [{ type: "firewall", id: firewall.id }]),
        ...apply(cloud, firewall, objects(body, "apply_to")),
      ];
      cloud.state.firewalls.push(firewall);
      return created({ firewall: renderFirewall(cloud, firewall), actions: actions.map(renderAction) });
    },
  },
  {
    method: "PUT",
    path: "/firewalls/{id}",
    handle: (cloud, { ids, body }) => {
      const firewall = find(cloud, ids.id);
      renameAndLabel(firewall, body, cloud.state.firewalls, "firewall");
      return ok({ firewall: renderFirewall(cloud, firewall) });
    },
  },
  {
    method: "DELETE",
    path: "/firewalls/{id}",
    handle: (cloud, { ids }) => {
      const firewall = find(cloud, ids.id);
      if (firewall.appliedTo.length > 0)
        throw new ApiError("resource_in_use", `firewall with ID ${firewall.id} is still in use`);
      cloud.state.firewalls = without(cloud.state.firewalls, firewall);
      return noContent;
    },
  },
  {
    method: "POST",
    path: "/firewalls/{id}/actions/set_rules",
    handle: (cloud, { ids, body }) => {
      const firewall = find(cloud, ids.id);
      firewall.rules = parseRules(body);
      const action = done(cloud, "set_firewall_rules", [{ type: "firewall", id: firewall.id }]);
      return created({ actions: [renderAction(action)] });
    },
  },
  {
    method: "POST",
    path: "/firewalls/{id}/actions/apply_to_resources",
    handle: (cloud, { ids, body }) =>
      created({
        actions: apply(cloud, find(cloud, ids.id), objects(body, "apply_to")).map(renderAction),
      }),
  },
  {
    method: "POST",
    path: "/firewalls/{id}/actions/remove_from_resources",
    handle: (cloud, { ids, body }) =>
      created({
        actions: remove(cloud, find(cloud, ids.id), objects(body, "remove_from")).map(renderAction),
      }),
  },
];
