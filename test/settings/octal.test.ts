import { octalNumbers } from "../../settings/octal";
import { load, refusalsOf } from "./project";

const yaml = (lines: string) => ({ "Pulumi.dev.yaml": `config:\n${lines}` });

describe("a number that YAML reads by eights", () => {
  it("is refused as it is written, with the one that was meant", () =>
    expect(
      refusalsOf({ config: { apiPort: "291" }, files: yaml("  kluster:apiPort: 0443 # HTTPS\n") }),
    ).toEqual([
      [
        "Pulumi.dev.yaml, kluster:apiPort",
        "0443 begins with 0, so YAML reads it by eights: as 291",
        "a whole number from 1 to 65535",
        "pulumi config set --stack dev kluster:apiPort 443",
      ],
    ]));

  it("that was meant gives way to the default where it is not allowed", () =>
    expect(refusalsOf({ config: { apiPort: 18 }, files: yaml("  kluster:apiPort: 022\n") })[0][3]).toBe(
      "pulumi config set --stack dev kluster:apiPort 6443",
    ));

  it.each(['"0443"', "443", "0", "0o443", "x0443"])("is not: %s", (written) =>
    expect(octalNumbers(`config:\n  kluster:apiPort: ${written}\n`).size).toBe(0),
  );

  it("is no longer there once the value is another, as with pulumi up --config", () =>
    expect(
      load({ config: { apiPort: "443" }, files: yaml("  kluster:apiPort: 0443\n") }).kubernetes.apiPort,
    ).toBe(443));

  it("is found however the key is quoted, and only in the configuration of kluster", () =>
    expect([
      ...octalNumbers("config:\n  'kluster:memory': 04096\n  \"kluster:disk\": 020_000\n  aws:port: 0443\n"),
    ]).toEqual([["disk", "020_000"]]));
});
