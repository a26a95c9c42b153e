import { isTrue, parseUnitFile, unitNames } from "../../../provider/nixos/unit-file";

describe("a unit file", () => {
  const unit = parseUnitFile(`# a comment
[Unit]
Description=A thing
Wants=a.service b.service
Wants=c.service

[Service]
ExecStart = /bin/thing \\
  --verbose
Environment=A=1
Environment=
Environment="B=2"
X-RestartIfChanged=false
RemainAfterExit=no
RemainAfterExit=yes
; another comment
[Install]
WantedBy=multi-user.target
`);

  test("is read as switch-to-configuration reads it", () => {
    expect([...unit]).toEqual([
      ["Unit/Description", ["A thing"]],
      ["Unit/Wants", ["a.service b.service", "c.service"]],
      ["Service/ExecStart", ["/bin/thing   --verbose"]],
      ["Service/Environment", ['"B=2"']],
      ["Service/X-RestartIfChanged", ["false"]],
      ["Service/RemainAfterExit", ["no", "yes"]],
    ]);
  });

  test("has names of units, and booleans of which the last counts", () => {
    expect(unitNames(unit, "Unit/Wants")).toEqual(["a.service", "b.service", "c.service"]);
    expect(unitNames(unit, "Unit/After")).toEqual([]);
    expect(isTrue(unit, "Service/X-RestartIfChanged", true)).toBe(false);
    expect(isTrue(unit, "Service/RemainAfterExit", false)).toBe(true);
    expect(isTrue(unit, "Service/X-StopIfChanged", true)).toBe(true);
  });
});
