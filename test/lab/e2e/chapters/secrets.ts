import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { filesWith } from "../support/files";
import { labState, testState, transcript } from "../support/lab";
import { onMachines } from "../support/machines";
import { machines, refreshFindsNothing, up } from "../support/pulumi";
import { bootSecrets, execLogFile, markersOf, secretsOfStack } from "../support/secrets";

/** @param provider what stands in for the machines' provider, as a process */
export function secrets(provider: RegExp): void {
  let markers: string[];
  /** What the cloud has been told, and nobody else may know. */
  let atTheCloud: string[];

  test("there are some to look for: keys of operator, machines and authorities, of the kubeconfig, and of what is encrypted", async () => {
    await up();
    await refreshFindsNothing();
    const secrets = await secretsOfStack();
    const boot = markersOf(await bootSecrets());
    markers = markersOf(secrets).filter((marker) => !boot.includes(marker));
    atTheCloud = boot;
    expect(secrets.filter((secret) => secret.includes("OPENSSH PRIVATE KEY")).length).toBeGreaterThanOrEqual(
      4,
    );
    expect(secrets.some((secret) => /BEGIN (EC |RSA )?PRIVATE KEY/.test(secret))).toBe(true);
    expect(secrets.some((secret) => /^[A-Za-z0-9+/]{43}=$/.test(secret))).toBe(true);
    expect(secrets.some((secret) => secret.includes("client-key-data"))).toBe(true);
    expect(markers.length).toBeGreaterThanOrEqual(6);
  });

  test("a planted marker is found where it is, so that finding none means something", async () => {
    const planted = join(labState, "planted");
    writeFileSync(planted, `before ${markers[0]} after`);
    expect(filesWith(markers, labState)).toEqual([planted]);
    rmSync(planted);
  });

  test("none is in plain text in the state, its history and backups, logs, or the operator's Nix store", async () => {
    expect(filesWith(markers, testState)).toEqual([]);
    const told = filesWith(atTheCloud, testState).map((file) => relative(labState, file));
    expect(told.filter((file) => !/^(hetzner|servers)\//.test(file))).toEqual([]);
  });

  test("none is in anything that any command printed", async () => {
    const text = readFileSync(transcript, "utf8");
    expect(text.length).toBeGreaterThan(1000);
    expect(markers.filter((marker) => text.includes(marker))).toEqual([]);
  });

  test("none is in the arguments of any process that ever ran, on the operator's box or on a machine", async () => {
    expect(existsSync(execLogFile)).toBe(true);
    const lines = readFileSync(execLogFile, "utf8").split("\n");
    const sees = (program: RegExp) => lines.some((line) => program.test(line));
    expect(sees(provider)).toBe(true);
    expect(sees(/nix-store|nix copy/)).toBe(true);
    expect(sees(/switch-to-configuration/)).toBe(true);
    expect(sees(/\tkubelet|\/kubelet /)).toBe(true);
    expect(lines.filter((line) => markers.some((marker) => line.includes(marker)))).toEqual([]);
  });

  test("none is in a machine's Nix store, its log files or its journal", async () => {
    await onMachines(async (onMachine) => {
      for (const machine of Object.keys(await machines())) {
        const stdin = markers.join("\n") + "\n";
        const files = await onMachine(
          machine,
          "grep -rlaF -f - --devices=skip /nix/store /nix/var /var/log; true",
          stdin,
        );
        expect({ machine, files: files.stdout }).toEqual({ machine, files: "" });
        const journal = await onMachine(
          machine,
          'markers=$(cat); journalctl --no-pager -o verbose | { tee /dev/fd/3 3>&1 >/dev/null; } | grep -cF -f <(printf "%s\\n" "$markers"); true',
          stdin,
        );
        expect({ machine, journal: journal.stdout.trim() }).toEqual({ machine, journal: "0" });
      }
    });
  });
}
