import { labEnvironment, layout } from "../../../lab/cli/layout";

test("the lab's state is in the checkout, unless the environment names another folder", () => {
  expect(layout({}, "/c").state).toBe("/c/.kluster/lab");
  expect(layout({ KLUSTER_LAB_STATE: "/tmp/other" }, "/c").state).toBe("/tmp/other");
});

test("each stack has a lab of its own, with its own private copies", () => {
  expect(layout({ STACK: "hetzner" }, "/c")).toMatchObject({
    state: "/c/.kluster/lab-hetzner",
    stackFile: "/c/.kluster/lab-hetzner/Pulumi.hetzner.yaml",
    inventory: "/c/.kluster/lab-hetzner/hosts.hetzner.toml",
  });
  expect(layout({ STACK: "dev" }, "/c")).toEqual(layout({}, "/c"));
});

test("a stack without a stand-in is refused by name", () => {
  expect(() => layout({ STACK: "prod" }, "/c")).toThrow(
    "STACK=prod: the rehearsal lab has stand-ins for dev and hetzner",
  );
});

test("everything that the lab writes is below its state folder", () => {
  const { checkout, stack, state, ...rest } = layout({}, "/c");
  for (const path of Object.values(rest)) expect(path.startsWith(`${state}/`)).toBe(true);
  expect([checkout, stack.name]).toEqual(["/c", "dev"]);
});

test("commands in the lab find its programs before the caller's, and no secret in their environment", () => {
  const environment = labEnvironment(layout({}, "/c"), "/usr/bin");
  expect(environment.PATH).toBe("/c/lab/bin:/c/.kluster/lab/toolchain/bin:/usr/bin");
  expect(environment).toMatchObject({
    STACK: "dev",
    PULUMI_BACKEND_URL: "file:///c/.kluster/lab/backend",
    PULUMI_CONFIG_PASSPHRASE_FILE: "/c/.kluster/lab/passphrase",
  });
  expect(environment).not.toHaveProperty("PULUMI_CONFIG_PASSPHRASE");
});
