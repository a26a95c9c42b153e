import { createHash } from "node:crypto";
import { created, noContent, ok } from "./answer";
import { ApiError, invalidInput } from "./api-error";
import { text } from "./fields";
import { listAnswer } from "./lists";
import { byId, newNamed, renameAndLabel, without } from "./names";
import { Route } from "./routes";
import { SshKey } from "./state";

const renderSshKey = (key: SshKey) => ({
  id: key.id,
  name: key.name,
  fingerprint: fingerprint(key.publicKey),
  public_key: key.publicKey,
  labels: key.labels,
  created: key.created,
});

const blob = (publicKey: string) => publicKey.trim().split(/\s+/)[1] ?? "";

/** MD5 of the key itself, in pairs of hex digits. */
const fingerprint = (publicKey: string) =>
  createHash("md5")
    .update(Buffer.from(blob(publicKey), "base64"))
    .digest("hex")
    .replace(/..(?!$)/g, "$&:");

export const sshKeyRoutes: Route[] = [
  {
    method: "GET",
    path: "/ssh_keys",
    handle: ({ state }, request) =>
      listAnswer(request, "ssh_keys", state.sshKeys.map(renderSshKey), {
        fingerprint: (key) => key.fingerprint,
      }),
  },
  {
    method: "GET",
    path: "/ssh_keys/{id}",
    handle: ({ state }, { ids }) => ok({ ssh_key: renderSshKey(byId(state.sshKeys, ids.id, "ssh_key")) }),
  },
  {
    method: "POST",
    path: "/ssh_keys",
    handle: (cloud, { body }) => {
      const publicKey = text(body, "public_key");
      if (!/^(ssh-|ecdsa-|sk-)\S+ [A-Za-z0-9+/]+=*( .*)?\s*$/.test(publicKey))
        throw invalidInput({ public_key: "is not a valid public key" });
      if (cloud.state.sshKeys.some((key) => blob(key.publicKey) === blob(publicKey)))
        throw new ApiError("uniqueness_error", "SSH key not unique", { fields: [{ name: "public_key" }] });
      const key = { ...newNamed(cloud, body, cloud.state.sshKeys, "ssh_key"), publicKey };
      cloud.state.sshKeys.push(key);
      return created({ ssh_key: renderSshKey(key) });
    },
  },
  {
    method: "PUT",
    path: "/ssh_keys/{id}",
    handle: ({ state }, { ids, body }) => {
      const key = byId(state.sshKeys, ids.id, "ssh_key");
      renameAndLabel(key, body, state.sshKeys, "ssh_key");
      return ok({ ssh_key: renderSshKey(key) });
    },
  },
  {
    method: "DELETE",
    path: "/ssh_keys/{id}",
    handle: ({ state }, { ids }) => {
      state.sshKeys = without(state.sshKeys, byId(state.sshKeys, ids.id, "ssh_key"));
      return noContent;
    },
  },
];
