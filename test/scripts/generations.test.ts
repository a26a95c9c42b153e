import { existsSync } from "node:fs";
import { parseGenerations } from "../../generations/list";
import { describeWithMounts, runScript } from "./private-mounts";

const describeWithNix = existsSync("/nix") ? describeWithMounts : describe.skip;

describeWithNix("the systems of a machine", () => {
  const path = (letter: string) => `/nix/store/${letter.repeat(32)}-nixos-system-sam-26.05`;
  /** Bash that makes a system as NixOS does. */
  const make = (letter: string, kubernetes?: string) => `
    mkdir -p ${path(letter)}/etc/systemd/system /nix/store/k${letter}-linux-6.18.${letter.charCodeAt(0)}
    echo -n 26.05.10620 >${path(letter)}/nixos-version
    echo >/nix/store/k${letter}-linux-6.18.${letter.charCodeAt(0)}/bzImage
    ln -s /nix/store/k${letter}-linux-6.18.${letter.charCodeAt(0)}/bzImage ${path(letter)}/kernel
    ${kubernetes ? `echo ExecStart=/nix/store/x-kubernetes-${kubernetes}/bin/kubelet >${path(letter)}/etc/systemd/system/kubelet.service` : ":"}`;

  const list = (before: string) => {
    const { code, stdout, stderr } = runScript("generations.sh", {
      empty: ["/run", "/nix"],
      before: `mkdir -p /nix/var/nix/profiles /nix/var/nix/gcroots\n${before}`,
    });
    expect([code, stderr]).toEqual([0, ""]);
    return parseGenerations(stdout, []);
  };
  const link = (number: number, letter: string) =>
    `ln -s ${path(letter)} /nix/var/nix/profiles/system-${number}-link`;

  test("are its generations, and those that are kept although their generations are gone", () => {
    const found = list(`${make("a")}; ${make("b", "1.36.1")}; ${make("c", "1.35.2")}
      ${link(9, "a")}; ${link(10, "b")}; ln -s system-10-link /nix/var/nix/profiles/system
      ln -s ${path("a")} /run/current-system
      mkdir /nix/var/nix/gcroots/kluster-systems
      for letter in ${path("b")} ${path("c")}; do ln -s $letter /nix/var/nix/gcroots/kluster-systems/; done`);
    expect(found).toEqual([
      expect.objectContaining({ storePath: path("c"), kubernetes: "1.35.2", running: false, boots: false }),
      expect.objectContaining({ number: 9, storePath: path("a"), running: true, boots: false }),
      expect.objectContaining({ number: 10, storePath: path("b"), running: false, boots: true }),
    ]);
    expect(found[0]).not.toHaveProperty("number");
    expect(found[1]).toMatchObject({ nixos: "26.05.10620", kernel: "6.18.97" });
    expect(found[1]).not.toHaveProperty("kubernetes");
    expect(Math.abs(Date.parse(found[2].date) - Date.now())).toBeLessThan(86_400_000);
  });

  test("have the version of the kernel from its modules, where they are", () => {
    const found = list(
      `${make("a")}; mkdir -p ${path("a")}/kernel-modules/lib/modules/6.18.2-hardened; ${link(1, "a")}`,
    );
    expect(found).toEqual([expect.objectContaining({ kernel: "6.18.2-hardened" })]);
  });

  test("are none where nothing is", () => expect(list("")).toEqual([]));
});
