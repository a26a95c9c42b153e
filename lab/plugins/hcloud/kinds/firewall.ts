import { Properties } from "../../values";
import { labels, name } from "../common-fields";
import { hasCode } from "../client/errors";
import { TRIES } from "../client/session";
import { Field } from "../fields";
import { changes, Kind } from "../kind";
import { isCidr } from "../validators";

const ranges: Field = {
  kind: "set",
  of: "string",
  optional: true,
  stored: (range) => range.toLowerCase(),
  check: (range) => (isCidr(range) ? undefined : `invalid CIDR address: ${range}`),
};
const text: Field = { kind: "string", optional: true };

export const firewall: Kind = {
  token: "hcloud:index/firewall:Firewall",
  library: "sdk",
  fields: {
    name,
    labels,
    rules: {
      kind: "set",
      terraform: "rule",
      optional: true,
      of: {
        direction: {
          kind: "string",
          required: true,
          check: (one) => (["in", "out"].includes(one) ? undefined : `${one} is not a valid direction`),
        },
        protocol: {
          kind: "string",
          required: true,
          check: (one) =>
            ["icmp", "tcp", "udp", "esp", "gre"].includes(one) ? undefined : `${one} is not a valid protocol`,
        },
        port: text,
        sourceIps: ranges,
        destinationIps: ranges,
        description: text,
      },
    },
    applyTos: {
      kind: "set",
      terraform: "apply_to",
      optional: true,
      computed: true,
      of: { server: { kind: "number", optional: true }, labelSelector: text },
      refused: {},
    },
  },

  async create(api, planned, made) {
    const answer = await api.post("/firewalls", {
      name: planned.name,
      labels: planned.labels ?? undefined,
      rules: planned.rules.map(ruleOf),
    });
    await api.settle(answer);
    made(`${answer.firewall.id}`);
  },

  async read(api, id) {
    const found = await api.find(`/firewalls/${id}`, "firewall");
    return (
      found && {
        name: found.name,
        labels: found.labels,
        rules: found.rules.map(propertiesOf),
        applyTos: found.applied_to.map(appliedTo),
      }
    );
  },

  async update(api, id, state, planned) {
    const path = `/firewalls/${id}`;
    await api.get(path);
    if (changes(state, planned, "name")) await api.put(path, { name: planned.name });
    if (changes(state, planned, "rules")) {
      if (planned.rules.length === 0)
        throw new Error("a firewall's last rule cannot be taken by the lab's stand-in of the hcloud plugin");
      await api.act(`${path}/actions/set_rules`, { rules: planned.rules.map(ruleOf) });
    }
    if (changes(state, planned, "labels")) await api.put(path, { labels: planned.labels ?? {} });
  },

  async delete(api, id) {
    await api.get(`/firewalls/${id}`); // the provider looks first, and finds an error where it is gone
    await api.persist(
      2 * TRIES, // the servers that it was applied to may take their time
      (error) => hasCode(error, "conflict", "resource_in_use"),
      async () => {
        await api.delete(`/firewalls/${id}`).catch((error) => {
          if (!hasCode(error, "not_found")) throw error;
        });
      },
    );
  },
};

const ruleOf = ({ direction, protocol, port, sourceIps, destinationIps, description }: Properties) => ({
  direction,
  protocol,
  ...(port && { port }),
  ...(sourceIps.length && { source_ips: sourceIps }),
  ...(destinationIps.length && { destination_ips: destinationIps }),
  ...(description && { description }),
});

const propertiesOf = (rule: Properties): Properties => ({
  direction: rule.direction,
  protocol: rule.protocol,
  port: rule.port ?? "",
  sourceIps: rule.source_ips ?? [],
  destinationIps: rule.destination_ips ?? [],
  description: rule.description ?? "",
});

const appliedTo = (one: Properties): Properties => ({
  server: one.server?.id ?? 0,
  labelSelector: one.label_selector?.selector ?? "",
});
