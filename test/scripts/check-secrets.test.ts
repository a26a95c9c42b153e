import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Delivery, parseCheck, placement } from "../../provider/nixos/secrets";
import { SecretFile } from "../../provider/nixos/system";
import { describeWithMounts, runScript } from "./private-mounts";

const own = "/var/lib/kluster/secrets";
const wifi: SecretFile = {
  ...{ secret: "wifi", path: `${own}/wifi`, owner: "root", group: "root", mode: "0440" },
  ...{ restartUnits: ["wifi.service"], link: "/var/lib/wifi/key" },
};
const key: SecretFile = { secret: "ca-key", path: "/var/lib/ceph/key.pem", uid: 299, gid: 299, mode: "0400" };
const delivery = { files: [wifi, key], secrets: { wifi: "hunter2\n\tin two lines", "ca-key": "KEY" } };
const digested = (wanted: Delivery) =>
  placement(wanted, (content) => createHash("sha256").update(content).digest("hex"));

describeWithMounts("secrets on a machine, looked at", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "kluster-secrets-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Places the secrets, restarts their units as an activation would, does `then`, and looks. */
  function check(then = "", wanted: Delivery = delivery) {
    writeFileSync(join(folder, "placed"), placement(delivery));
    const { code, stdout, stderr } = runScript("check-secrets.sh", {
      empty: ["/var/lib", "/run"],
      before: [
        "chmod 755 /var/lib",
        `bash $(dirname $SCRIPT)/place-secrets.sh "" <${folder}/placed`,
        "rm -f /run/kluster/secret-units",
        then,
      ].join("\n"),
      args: [""],
      input: digested(wanted),
    });
    expect([code, stderr]).toEqual([0, ""]);
    return parseCheck(stdout);
  }

  test("are as they were placed", () => {
    expect(check()).toEqual({ amiss: [], settled: true });
  });

  test.each([
    ["is gone", `rm ${wifi.path}`, wifi.path],
    ["has another content", `echo other >${wifi.path}`, wifi.path],
    ["has another mode", `chmod 444 ${wifi.path}`, wifi.path],
    ["has another owner", `chown 12 ${key.path}`, key.path],
    ["has another group", `chgrp 12 ${key.path}`, key.path],
    ["is a link", `mv ${key.path} /run/key; ln -s /run/key ${key.path}`, key.path],
    ["is a folder", `rm ${key.path}; mkdir ${key.path}`, key.path],
    ["is reached by another link", `ln -sfn /etc/passwd ${wifi.link}`, wifi.link],
    ["is reached by no link", `rm ${wifi.link}`, wifi.link],
  ])("are told by name when one of them %s", (_what, change, path) => {
    expect(check(change)).toEqual({ amiss: [path], settled: true });
  });

  test("are told by name when another content is wanted", () => {
    const secrets = { ...delivery.secrets, wifi: "hunter3" };
    expect(check("", { ...delivery, secrets })).toEqual({ amiss: [wifi.path], settled: true });
  });

  test.each([
    [
      "a unit wants a restart",
      "mkdir -p /run/kluster; echo wifi.service >/run/kluster/secret-units",
      [key, wifi],
    ],
    ["one of them is wanted no more", "", [wifi]],
    [
      "one is to be removed",
      "sed -i '/key.pem/s/^wanted/dropped/' /var/lib/kluster/secret-files",
      [key, wifi],
    ],
  ])("are not settled while %s", (_what, change, files) => {
    expect(check(change, { ...delivery, files })).toEqual({ amiss: [], settled: false });
  });

  test("are not taken for fewer when the list of them is cut short", () => {
    const { code, stderr } = runScript("check-secrets.sh", {
      empty: ["/var/lib", "/run"],
      args: [""],
      input: digested(delivery).replace("end\n", ""),
    });
    expect([code, stderr.trim()]).toEqual([1, "the list of secrets has not come whole"]);
  });
});
