import { join } from "node:path";
import { placement } from "../../provider/nixos/secrets";
import { SecretFile } from "../../provider/nixos/system";
import { Attempt, describeAttempts, Plan } from "./attempt";

jest.setTimeout(120_000);

const own = "/var/lib/kluster/secrets";
const place = join(__dirname, "../../scripts/place-secrets.sh");

/** Files of one content, each with a unit that is named after it. */
const list = (content: string, names: string[], more: Partial<SecretFile> = {}) =>
  placement({
    files: names.map((name) => ({
      ...{ secret: "s", path: `${own}/${name}`, owner: "root", group: "root", mode: "0400" },
      ...{ restartUnits: [`${name}.service`], ...more },
    })),
    secrets: { s: content },
  });

describeAttempts("the secrets of a system that is activated", () => {
  let attempt: Attempt;
  beforeEach(() => (attempt = new Attempt()));
  afterEach(() => attempt.end());

  /** An attempt with "kept" and "fresh", on a machine that has "kept" and "dropped" of the old system. */
  const run = (plan: Plan, fresh = list("two", ["kept", "fresh"])) =>
    attempt.run({
      secrets: fresh,
      ...plan,
      before: `
        bash ${place} "" <<<'${list("one", ["kept", "dropped"], { link: "/var/lib/links/x" }).trimEnd()}'
        rm -rf /run/kluster # what waits for a restart has long had it
        for unit in kept dropped fresh; do
          unit $unit.service active; echo loaded >/run/units/$unit.service/LoadState
          echo 1 >/run/units/$unit.service/InvocationID
        done
        chmod 0440 ${own}/kept; sed -i 's/kept\\troot\\troot\\t0400/kept\\troot\\troot\\t0440/' /var/lib/kluster/secret-files
        ${plan.before ?? ""}`,
      after: `cd ${own}; for file in *; do echo "$file $(cat $file) $(stat -c %a $file)"; done; ls /run/kluster/activations/one; ls -A /var/lib/links`,
    });
  const before = "dropped one 400\nkept one 440\n";

  test("take the place of those of before, and leave no copy behind", () => {
    const { brief, after, journal } = run({});
    expect(brief.outcome).toBe("committed");
    expect(after).toMatch(/^fresh two 400\nkept two 400\n/);
    expect(after).not.toMatch(/^secrets/m);
    expect(journal).toContain("try-restart -- fresh.service kept.service\n");
  });

  test.each<[string, Plan]>([
    ["whose activation fails", { fresh: `[ "$1" != test ] || exit 2` }],
    ["that nobody confirms", { confirmed: false, limits: { confirm: 1 } }],
    ["that cannot be made the boot default", { fresh: `[ "$1" != boot ] || exit 1` }],
  ])("are those of before again after one %s, and services read them anew", (_, plan) => {
    const { brief, after, journal } = run(plan);
    expect(brief.outcome).toBe("returned");
    expect(after?.startsWith(before)).toBe(true);
    expect(after).not.toMatch(/^secrets/m);
    expect(after).toMatch(/\nx$/);
    expect(journal).toMatch(/going back[^]*try-restart -- .*kept\.service/);
  });

  test("stay where the system's own checks refuse it: no service ever saw others", () => {
    const { brief, after, journal } = run({ fresh: `[ "$1" != check ] || exit 1` });
    expect(brief.outcome).toBe("refused");
    expect(after?.startsWith(before)).toBe(true);
    expect(journal).not.toContain("try-restart");
  });

  test("stay where only a reboot can bring it, and where others cannot be placed", () => {
    const plans: [Plan, string?][] = [
      [{ fresh: `[ "$1" != test ] || { ln -sfn ${attempt.path("old")} /run/current-system; exit 100; }` }],
      [{}, "file\t/tmp/nowhere/x\tnobody\tnobody\t0400\t-\tYQ==\nend\n"],
    ];
    for (const [plan, fresh] of plans) {
      const { brief, after, journal } = run(plan, fresh);
      expect(brief.outcome).toBe("refused");
      expect(after?.startsWith(before)).toBe(true);
      expect(journal).not.toContain("try-restart");
    }
  });

  test("are none where there were none", () => {
    const { after } = attempt.run({
      secrets: list("two", ["fresh"]),
      fresh: `[ "$1" != test ] || exit 2`,
      after: `ls -A ${own}; cat /var/lib/kluster/secret-files`,
    });
    expect(after).toBe("");
  });
});
