import * as pulumi from "@pulumi/pulumi";
import { runInPulumiStack } from "@pulumi/pulumi/runtime";
import { registered } from "./support/mocks";

/** Names of the stack's outputs, and what the SDK warns of, when the whole program runs with these settings. */
async function program(config: Record<string, string>): Promise<{ outputs: string[]; warnings: string[] }> {
  const warn = jest.spyOn(pulumi.log, "warn").mockResolvedValue();
  let outputs!: Promise<Record<string, unknown> | undefined>;
  await registered(
    () => {
      outputs = runInPulumiStack(async () => {
        let program: unknown;
        jest.isolateModules(() => (program = require("../index")));
        return program;
      });
    },
    false,
    config,
  );
  const names = Object.keys((await outputs) ?? {});
  const warnings = warn.mock.calls.map(([message]) => message);
  warn.mockRestore();
  return { outputs: names, warnings };
}

const always = ["kubeconfig", "master", "sshKey", "machines"];

test("a stack that nobody sends a bill for shows no costs, and nothing is said about them", async () => {
  const { outputs, warnings } = await program({ "kluster:inventory": "hosts.toml" });
  expect(warnings).toEqual([]);
  expect(outputs).toEqual(always);
});

test("a stack in the cloud shows what it costs", async () => {
  const { outputs, warnings } = await program({
    "kluster:provider": "hetzner",
    "kluster:inventory": "hosts.hetzner.toml",
    "kluster:access": '["203.0.113.7/32"]',
    "hcloud:token": "t".repeat(64),
  });
  expect(warnings).toEqual([]);
  expect(outputs).toEqual([...always, "monthlyCost"]);
});
