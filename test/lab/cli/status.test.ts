import { parseMemory, renderStatus } from "../../../lab/cli/status";
import type { Hardware } from "../../../lab/machine/hardware";

const machine = (name: string): Hardware => ({
  uuid: `uuid-of-${name}`,
  name,
  memory: 2048,
  cpus: 1,
  boot: ["disk"],
  drives: [],
  nics: [],
  logs: "/logs",
});

test("status lists every machine with its power, what it does and its addresses", () => {
  const text = renderStatus(
    4711,
    [
      {
        hardware: machine("il"),
        status: { doing: "in the installer", addresses: ["enp0s3 10.0.2.15/24", "enp0s8 192.168.56.11/24"] },
      },
      { hardware: machine("sam") },
    ],
    { total: 16000, available: 9000 },
  );
  expect(text.split("\n")).toEqual([
    "The lab is up. Free memory of this box: 9000 of 16000 MB.",
    "MACHINE  POWER  DOING             ADDRESSES",
    "il       on     in the installer  enp0s3 10.0.2.15/24, enp0s8 192.168.56.11/24",
    "sam      off",
  ]);
});

test("status says so where there is no lab and no machine", () => {
  expect(renderStatus(undefined, [], { total: 2, available: 1 })).toBe(
    "The lab is down. Free memory of this box: 1 of 2 MB.\nNo machine has been powered on.",
  );
});

test("memory is read in megabytes", () => {
  expect(parseMemory("MemTotal:       24683656 kB\nMemFree: 1 kB\nMemAvailable:   20480 kB\n")).toEqual({
    total: 24105,
    available: 20,
  });
});
