import { createHash } from "node:crypto";
import { labels, name, off } from "../../common-fields";
import { Field, Fields } from "../../fields";

const text: Field = { kind: "string", optional: true };
const computedText: Field = { kind: "string", computed: true };

/** The state has a hash of user data only. */
const hashed = (userData: string) => createHash("sha1").update(userData).digest("base64");

const publicNet: Fields = {
  ipv4Enabled: { kind: "boolean", optional: true, default: true },
  ipv6Enabled: { kind: "boolean", optional: true, default: true },
  ipv4: { kind: "number", optional: true, computed: true },
  ipv6: { kind: "number", optional: true, computed: true },
};

export const fields: Fields = {
  name,
  labels,
  serverType: { kind: "string", required: true },
  image: {
    ...text,
    forceNew: true,
    check: (image) =>
      image.length > 0
        ? undefined
        : `"image" must have more than 0 characters. Have you set the name instead of an ID?`,
  },
  location: { ...text, computed: true, forceNew: true },
  datacenter: { ...text, computed: true, refused: {} },
  userData: { ...text, forceNew: true, stored: hashed },
  sshKeys: {
    kind: "list",
    of: "string",
    optional: true,
    forceNew: true,
    check: (key) =>
      key.length > 0
        ? undefined
        : "Invalid ssh key passed. You need to pass a string with at least 1 character",
  },
  keepDisk: off,
  publicNets: { kind: "set", of: publicNet, terraform: "public_net", optional: true, sticky: true },
  networks: {
    kind: "set",
    of: { networkId: { kind: "number", required: true } },
    terraform: "network",
    optional: true,
    sticky: true,
    refused: {},
  },
  firewallIds: { kind: "set", of: "number", optional: true, computed: true },
  placementGroupId: { kind: "number", optional: true },
  deleteProtection: off,
  rebuildProtection: off,
  allowDeprecatedImages: { kind: "boolean", optional: true, refused: { only: false } },
  backups: { ...off, refused: { only: false } },
  ignoreRemoteFirewallIds: { ...off, refused: { only: false } },
  shutdownBeforeDeletion: { ...off, refused: { only: false } },
  iso: { ...text, refused: {} },
  rescue: { ...text, refused: {} },
  backupWindow: computedText,
  ipv4Address: computedText,
  ipv6Address: computedText,
  ipv6Network: computedText,
  primaryDiskSize: { kind: "number", computed: true },
  status: computedText,
};
