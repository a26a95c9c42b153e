import * as fc from "fast-check";
import { placement } from "../../../provider/nixos/secrets";
import { SecretFile } from "../../../provider/nixos/system";

const folder = "/var/lib/kluster/secrets";
const file = (more: Partial<SecretFile> = {}): SecretFile => ({
  ...{ secret: "wifi", path: `${folder}/wifi`, owner: "wifi", group: "radio", mode: "0440" },
  ...more,
});
const lines = (text: string) => text.split("\n").map((line) => line.split("\t"));
const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("the list of secrets for a machine", () => {
  test("has a line for each file, by names or numbers, one for each link, and an end", () => {
    const files = [
      file({ link: "/var/lib/wifi/key", restartUnits: ["a.service", "b.service"] }),
      file({
        secret: "ca",
        path: "/var/lib/ceph/ca.pem",
        owner: undefined,
        group: undefined,
        uid: 299,
        gid: 299,
      }),
    ];
    const host = { secret: "host-key", path: "/etc/ssh/key", uid: 0, gid: 0, mode: "0600" };
    const secrets = { wifi: "hunter2", ca: "CA", "host-key": "KEY", other: "not wanted" };
    expect(lines(placement({ files, lasting: [host], secrets }))).toEqual([
      ["once", "/etc/ssh/key", "0", "0", "0600", "-", base64("KEY")],
      ["file", `${folder}/wifi`, "wifi", "radio", "0440", "a.service b.service", base64("hunter2")],
      ["file", "/var/lib/ceph/ca.pem", "299", "299", "0440", "-", base64("CA")],
      ["link", "/var/lib/wifi/key", `${folder}/wifi`],
      ["end"],
      [""],
    ]);
  });

  test("is the same list in lines of their own, whatever is in the secrets", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary", minLength: 1 }), { maxLength: 5 }), (values) => {
        const files = values.map((_, i) => file({ secret: `s${i}`, path: `${folder}/s${i}` }));
        const secrets = Object.fromEntries(values.map((value, i) => [`s${i}`, value]));
        const read = lines(placement({ files, secrets }));
        expect(read.slice(-2)).toEqual([["end"], [""]]);
        expect(read.slice(0, -2).map((fields) => fields.length)).toEqual(values.map(() => 7));
        expect(read.slice(0, -2).map((fields) => Buffer.from(fields[6], "base64").toString("utf8"))).toEqual(
          values.map((value) => Buffer.from(value).toString("utf8")),
        );
      }),
    );
  });

  test("is refused for a secret that the program does not hold, by the names of those that it does", () => {
    expect(() => placement({ files: [file()], secrets: { ca: "CA" } })).toThrow(
      `the NixOS configuration wants the secret "wifi" at ${folder}/wifi, but the program holds only: ca`,
    );
    expect(() => placement({ files: [file({ secret: "constructor" })], secrets: {} })).toThrow("constructor");
  });

  test.each([
    ["/var/lib/etcd/key", { owner: "etcd" }, true],
    ["/var/lib/etcd/key", { owner: "root", group: "etcd" }, true],
    ["/var/lib/kluster.d/key", { owner: "etcd" }, true],
    ["/var/lib/etcd/key", { owner: "root", group: "root" }, false],
    ["/var/lib/etcd/key", { owner: undefined, group: undefined, uid: 2379, gid: 0 }, false],
    [`${folder}/key`, { owner: "etcd", group: "etcd" }, false],
  ])("takes owners by name in the folder of root's alone: %s, %j", (path, owners, refused) => {
    const make = () => placement({ files: [file({ path, ...owners })], secrets: { wifi: "x" } });
    if (refused) expect(make).toThrow(`${path} of `);
    else expect(make).not.toThrow();
  });
});
