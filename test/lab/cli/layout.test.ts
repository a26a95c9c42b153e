import { labEnvironment, layout } from "../../../lab/cli/layout";

test("the lab's state is in the checkout, unless the environment names another folder", () => {
  expect(layout({}, "/c").state).toBe("/c/.kluster/lab");
  expect(layout({ KLUSTER_LAB_STATE: "/tmp/other" }, "/c").state).toBe("/tmp/other");
});

test("everything that the lab writes is below its state folder", () => {
  const { checkout, state, ...rest } = layout({}, "/c");
  for (const path of Object.values(rest)) expect(path.startsWith(`${state}/`)).toBe(true);
  expect(checkout).toBe("/c");
});

test("commands in the lab find its programs before the caller's, and no secret in their environment", () => {
  const environment = labEnvironment(layout({}, "/c"), "/usr/bin");
  expect(environment.PATH).toBe("/c/lab/bin:/c/.kluster/lab/toolchain/bin:/usr/bin");
  expect(environment).toMatchObject({
    PULUMI_BACKEND_URL: "file:///c/.kluster/lab/backend",
    PULUMI_CONFIG_PASSPHRASE_FILE: "/c/.kluster/lab/passphrase",
  });
  expect(environment).not.toHaveProperty("PULUMI_CONFIG_PASSPHRASE");
});
