import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemChanges } from "../../provider/nixos/changes";
import { Described, summarize } from "../../provider/nixos/summary";
import { Facts, hetznerFacts, shippedFacts } from "./facts";
import { checkout, describeWithLabNixpkgs, nixpkgs, ScratchNix, value } from "./nix";

const nix = new ScratchNix();
afterAll(() => nix.remove());

/** What the program is told of a machine's system, made with the lab's nixpkgs. */
function described(facts: Facts, machine: string, module?: string): Described {
  const folder = mkdtempSync(join(nix.folder, "summary-"));
  if (module) {
    writeFileSync(join(folder, "own.nix"), module);
    facts.machines[machine].modules = [join(folder, "own.nix")];
  }
  writeFileSync(join(folder, "facts.json"), JSON.stringify(facts));
  const args = ["--argstr", "facts", join(folder, "facts.json"), "--arg", "nixpkgs", nixpkgs];
  const attribute = ["-A", `${machine}.summary`];
  return value(nix.evaluate(["--read-write-mode", join(checkout, "nix/default.nix"), ...args, ...attribute]));
}
const summary = (facts: Facts, machine: string, module?: string) =>
  summarize("/nix/store/system", described(facts, machine, module));

describeWithLabNixpkgs("what the evaluation tells of a system", () => {
  it("is its kernel, its packages by version, and its units", () => {
    const told = described(shippedFacts(), "il");
    expect(told).toMatchObject({
      kernelVersion: "6.18.0-lab",
      kernelParams: ["root=fstab"],
      kernelModules: [],
      inhibitors: {},
    });
    // From the path, and from what units alone call.
    expect(told.packages).toMatchObject({ kubectl: ["1.36.1"], etcd: ["3.6.8"], linux: ["6.18.0-lab"] });
    expect(Object.keys(told.units)).toEqual(
      expect.arrayContaining(["etcd.service", "kube-apiserver.service", "nix-gc.timer", "sshd.service"]),
    );
    expect(told.units["sshd.service"]).toMatchObject({ wantedBy: ["multi-user.target"], requiredBy: [] });
  });

  it("says which units run: not those that end, or that a timer starts", () => {
    const { units } = summary(shippedFacts(), "il");
    const runs = (name: string) => units[`${name}.service`].runs;
    expect(["etcd", "sshd", "kubelet", "firewall", "kube-apiserver"].filter((name) => !runs(name))).toEqual(
      [],
    );
    expect(["nix-gc", "sshd-keygen", "sshd@"].filter(runs)).toEqual([]);
  });

  it.each<[string, string, object]>([
    [
      "a package",
      "{ pkgs, ... }: { environment.systemPackages = [ pkgs.etcd ]; }",
      { added: ["etcd 3.6.8"] },
    ],
    ["a port", "{ networking.firewall.allowedTCPPorts = [ 80 ]; }", { reload: ["firewall.service"] }],
    [
      "a network",
      '{ systemd.network.networks."50-a".matchConfig.Name = "a"; }',
      { reload: ["systemd-networkd.service"] },
    ],
    [
      "SSH's settings",
      '{ services.openssh.extraConfig = "ClientAliveInterval 30"; }',
      { restart: ["sshd.service"] },
    ],
    [
      "a unit that is masked",
      "{ systemd.services.kube-proxy.enable = false; }",
      { stop: ["kube-proxy.service"] },
    ],
    ["a description", '{ lib, ... }: { systemd.services.sshd.description = lib.mkForce "me"; }', {}],
    [
      "another driver in the initrd",
      '{ boot.initrd.availableKernelModules = [ "nvme" ]; }',
      { reboot: ["initrd"] },
    ],
    ["a parameter", '{ boot.kernelParams = [ "quiet" ]; }', { reboot: ["kernel parameters +quiet"] }],
    ["an inhibitor", '{ system.switch.inhibitors.dbus = "broker"; }', { refused: ["dbus"] }],
    ["a text that changes no system", "{ }", {}],
  ])("tells of %s what it means", (_, module, expected) => {
    const changes = systemChanges(summary(shippedFacts(), "ee"), summary(shippedFacts(), "ee", module));
    const { packages, units, reboot, refused } = changes;
    const all = Object.entries({ ...packages, ...units, reboot, refused });
    expect(Object.fromEntries(all.filter(([, list]) => list.length > 0))).toEqual(expected);
  });

  it("holds no address, key or name of the machine where none is in a unit", () => {
    const { units: _, ...rest } = described(hetznerFacts(), "ee");
    expect(JSON.stringify(rest)).not.toMatch(/10\.64|ssh-ed25519|\bee\b/);
  });

  // The same two systems between which the lab's switch-to-configuration.test.ts moves a real machine.
  it("foretells what switch-to-configuration does", () => {
    const args = ["--argstr", "key", "ssh-ed25519 AAAA", "--argstr", "address", "192.168.10.61"];
    const settings = ["--argstr", "settings", '{"summaries":true}'];
    const told = (system: string) => {
      const file = join(checkout, "test/lab/nixpkgs/systems.nix");
      const attribute = ["-A", `${system}.summary`];
      return summarize(
        system,
        value(nix.evaluate(["--read-write-mode", file, ...args, ...settings, ...attribute])),
      );
    };
    expect(systemChanges(told("first"), told("second")).units).toEqual({
      start: ["fresh.service"],
      stop: ["gone.service"],
      restart: ["plain.service", "restarted.service"],
      reload: ["reloaded.service", "triggered.service"],
      keep: ["kept.service"],
    });
  });
});
