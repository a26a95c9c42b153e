import { HetznerError } from "./errors";
import { Claim, HostRecord, Sign } from "./identity";
import { HOST_LABEL, STACK_LABEL } from "./labels";
import type { Notice } from "./notices";

/** Said of a server that is known by other signs than its labels. */
export function noticesForLabels(record: HostRecord, { server, signs }: Claim): Notice[] {
  const missing = missingLabels(signs);
  if (!missing.length) return [];
  const others = signs.filter((sign) => !sign.endsWith("label"));
  return [
    {
      severity: "warning",
      text:
        `${record.host}: its server ${server.name} (id ${server.id}) has lost its ${missing.join(" and ")}, and is known by its ${others.join(", ")}: it stays. ` +
        `\`pulumi refresh\` and then \`pulumi up\` put the labels back, or: ${addLabels(record, server.name)}. \`pulumi destroy\` does not delete it without them.`,
    },
  ];
}

/** Why nothing can be decided for a host, with what points where. */
export function undecided(record: HostRecord, claims: readonly Claim[]): HetznerError {
  const found = claims.map((claim) => `\n- ${describe(claim)}`).join("");
  return new HetznerError(
    "uniqueness_error",
    `Which server is ${record.host}'s cannot be told, so nothing is ordered for it and nothing is changed:${found}\n`,
    `If one of them is ${record.host}'s, give it back its labels: ${addLabels(record, claims[0].server.name)}. ` +
      `What is not, needs another name, and ${record.host}'s addresses taken from it. Then run this again.`,
  );
}

/** What is wrong where a project has nothing at all of a stack that has ordered servers. */
export function nothingHere(stackIdentity: string): string {
  return `This Hetzner project holds nothing of the stack: no server, network or address has the label ${STACK_LABEL}=${stackIdentity}. Is this the right token?`;
}

/** Refuses to order a whole cluster a second time. */
export function otherProject({ stackIdentity, host }: HostRecord): HetznerError {
  return new HetznerError(
    "not_found",
    `${nothingHere(stackIdentity)} Nothing is ordered for ${host}.`,
    "If it is another project's: `pulumi config set --secret hcloud:token`, with a token of the stack's project. " +
      "If everything was deleted there by hand: `pulumi refresh`, then `pulumi up`, which orders all of it anew.",
  );
}

function describe({ server, signs, against }: Claim): string {
  const missing = NAMED.filter((sign) => !signs.includes(sign));
  const lacks = missing.length ? `, and not its ${missing.join(", ")}` : "";
  const other = against ? `; its label says ${against}` : "";
  return `the server ${server.name} (id ${server.id}) has its ${signs.join(", ")}${lacks}${other}`;
}

/** What every server of a stack has; an id is noted once it was seen. */
const NAMED: readonly Sign[] = ["stack label", "host label", "name", "public address", "private address"];

function missingLabels(signs: readonly Sign[]): string[] {
  return [
    ...(signs.includes("stack label") ? [] : [`label ${STACK_LABEL}`]),
    ...(signs.includes("host label") ? [] : [`label ${HOST_LABEL}`]),
  ];
}

/** A command of Hetzner's CLI. */
const addLabels = ({ stackIdentity, host }: HostRecord, name: string) =>
  `hcloud server add-label --overwrite ${name} ${STACK_LABEL}=${stackIdentity} ${HOST_LABEL}=${host}`;
