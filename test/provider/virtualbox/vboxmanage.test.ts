import fc from "fast-check";
import { Finished, Run } from "../../../provider/process";
import { isFault } from "../../../provider/virtualbox/errors";
import { VBoxManage, withoutDriverWarning } from "../../../provider/virtualbox/vboxmanage";
import { LOCKED } from "./fake-box";
import { FakeClock } from "./fake-clock";
import { DRIVER_WARNING, real, transcript } from "./transcript";

const answering =
  (...answers: Partial<Finished>[]): Run =>
  async () => ({ code: 0, stdout: "", stderr: "", ...(answers.length > 1 ? answers.shift() : answers[0]) });

const failure = async (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => {
      throw new Error("it succeeded");
    },
    (error) => error as Error,
  );

test("what is parsed is asked for in English, in a locale that knows paths with any letters", async () => {
  let environment: Record<string, string> | undefined;
  const run: Run = async (_command, _args, options) => {
    environment = options?.env;
    return { code: 0, stdout: "", stderr: "" };
  };
  await new VBoxManage(run).call(["list", "vms"]);
  expect(environment).toMatchObject({ LC_ALL: "C.UTF-8", LANG: "C.UTF-8", LANGUAGE: "C" });
});

test("an error before VBoxManage has even begun is told in its own words", async () => {
  const stderr = "VBoxManage: fatal error: RTR3Init: VERR_NO_TRANSLATION\n";
  const error = await failure(new VBoxManage(answering({ code: 3, stderr })).call(["list", "vms"]));
  expect(error.message).toBe("VBoxManage list vms: RTR3Init: VERR_NO_TRANSLATION");
});

test.each(transcript.map((call) => [call.args.join(" "), call] as const))(
  "the real call succeeds or fails as its exit code says: %s",
  async (_line, { args, exit, stdout, stderr }) => {
    const outcome = new VBoxManage(answering({ code: exit, stdout, stderr })).call(args);
    if (exit === 0) expect(await outcome).toEqual({ stdout, stderr, driverWarning: false });
    else await expect(outcome).rejects.toThrow(`VBoxManage ${args.join(" ")}: `);
  },
);

test("progress and warnings on standard error are no failures", async () => {
  const vbox = new VBoxManage(answering({ stderr: real("modifyvm").stderr }));
  expect(real("modifyvm").stderr).toContain("VBoxManage: warning:");
  await expect(vbox.call(["modifyvm", "x"])).resolves.toBeDefined();
});

test.each([
  "VBoxManage: error: no",
  "VBoxManage.exe: error: no",
  "VBoxManage modifyvm: error: no",
  "0%...VBoxManage: error: no",
])("an error told in words counts though the exit code is 0: %s", async (stderr) => {
  await expect(new VBoxManage(answering({ code: 0, stderr })).call(["modifyvm", "x"])).rejects.toThrow(
    /: no$/,
  );
});

test("the message has VirtualBox's sentences and not its source locations", async () => {
  const { args, exit, stdout, stderr } = real("modifyvm kluster-dev-il --memory 1");
  const error = await failure(new VBoxManage(answering({ code: exit, stdout, stderr })).call(args));
  expect(error.message).toBe(
    "VBoxManage modifyvm kluster-dev-il --memory 1: Invalid RAM size: 1 MB (must be in range [4, 2097152] MB)",
  );
});

test("a failure without a reason says so", async () => {
  const { args, exit, stdout, stderr } = real("modifyvm kluster-dev-il --memory banana");
  const error = await failure(new VBoxManage(answering({ code: exit, stdout, stderr })).call(args));
  expect(error.message).toContain("failed with exit code 1 and gave no reason");
});

test("startvm's exit code 1 is overruled by its own words", async () => {
  const stdout = 'Waiting for VM "il" to power on...\nVM "il" has been successfully started.\n';
  const vbox = new VBoxManage(answering({ code: 1, stdout }));
  await expect(vbox.call(["startvm", "il"], { success: /successfully started/ })).resolves.toBeDefined();
});

test("a missing VBoxManage is named with what to install", async () => {
  const run: Run = async () => {
    throw Object.assign(new Error("spawn VBoxManage ENOENT"), { code: "ENOENT" });
  };
  const error = await failure(new VBoxManage(run).call(["list", "vms"]));
  expect(isFault(error, "not-installed")).toBe(true);
  expect(error.message).toMatch(/VBoxManage was not found[\s\S]*Install VirtualBox 7/);
});

describe("the warning about the kernel driver", () => {
  test("is taken off every real answer", () => {
    for (const { stdout } of transcript) {
      // An answer that begins with an empty line loses that, and no more.
      expect(withoutDriverWarning(DRIVER_WARNING + stdout)).toEqual({
        text: stdout.replace(/^\s*\n/, ""),
        driverWarning: true,
      });
    }
  });

  test("is not seen where there is none", () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => !text.startsWith("WARNING:")),
        (text) => {
          expect(withoutDriverWarning(text)).toEqual({ text, driverWarning: false });
        },
      ),
    );
  });

  test("explains a start that only 'terminated unexpectedly'", async () => {
    const { args, exit, stdout, stderr } = real("startvm");
    const error = await failure(
      new VBoxManage(answering({ code: exit, stdout: DRIVER_WARNING + stdout, stderr })).call(args),
    );
    expect(isFault(error, "driver-not-loaded")).toBe(true);
    expect(error.message).toMatch(/has terminated unexpectedly[\s\S]*vboxconfig/);
  });
});

describe("repeating what can pass", () => {
  test("a locked session is waited for, longer each time", async () => {
    const clock = new FakeClock();
    const waits: string[] = [];
    const locked = { code: 1, stderr: LOCKED };
    const run = answering(locked, locked, locked, { stdout: "done" }, {});
    const vbox = new VBoxManage(run, { clock, onWait: (message) => waits.push(message) });
    expect((await vbox.retrying(["modifyvm", "x"])).stdout).toBe("done");
    expect(clock.pauses).toEqual([200, 400, 800]);
    expect(waits[0]).toContain("already locked for a session");
  });

  test("it ends after a minute with the failure and the remedy", async () => {
    const clock = new FakeClock();
    const vbox = new VBoxManage(answering({ code: 1, stderr: LOCKED }), { clock });
    const error = await failure(vbox.retrying(["modifyvm", "x"]));
    expect(error.message).toMatch(/already locked[\s\S]*VirtualBox's window/);
    expect(error.message).not.toContain("emergencystop"); // it would cut the power of one that is only held
    expect(clock.time).toBeGreaterThan(50_000);
    expect(clock.time).toBeLessThanOrEqual(60_000);
  });

  test("what cannot pass is not repeated", async () => {
    const clock = new FakeClock();
    const { args, exit, stderr } = real("modifyvm kluster-dev-il --memory 1");
    await failure(new VBoxManage(answering({ code: exit, stderr }), { clock }).retrying(args));
    expect(clock.pauses).toEqual([]);
  });

  test("cancelling ends the wait", async () => {
    const abort = new AbortController();
    const vbox = new VBoxManage(answering({ code: 1, stderr: LOCKED }), {
      signal: abort.signal,
      onWait: () => abort.abort(new Error("cancelled")),
    });
    await expect(vbox.retrying(["modifyvm", "x"])).rejects.toThrow("cancelled");
  });
});
