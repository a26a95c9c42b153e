import { rm } from "node:fs/promises";
import { join } from "node:path";
import { TAKEOVER, TakeoverInputs, TakeoverOutputs } from "../declarations/nixos";
import { build } from "../nixos/build";
import { Evaluator } from "../nixos/evaluate";
import { hardware, Hardware, requireMemory } from "../nixos/hardware";
import { startInstaller } from "../nixos/kexec";
import { Derivation } from "../nixos/system";
import { uploadClosure } from "../nixos/upload";
import { Run } from "../process";
import { Context, implement, Resource } from "../resource";
import { Answer, connect, connectToEither, Login, Session, SshError, waitForSsh, withSession } from "../ssh";
import { MachineServices } from "../machine-services";
import { loginOf } from "./login";

/** How long things may take, in milliseconds. */
export interface TakeoverTimes {
  /** A new server answers within a minute; five without an answer mean that it does not boot. */
  boot: number;
  /** The stock system's SSH server may be up before cloud-init has placed the keys. */
  keyGrace: number;
  /** Two seconds until the kernel changes, then half a gigabyte is unpacked and the installer boots. */
  installer: number;
  /** A login on a machine that has just let us in. */
  dial: number;
}

const TIMES: TakeoverTimes = {
  boot: 300_000,
  keyGrace: 60_000,
  installer: 300_000,
  dial: 30_000,
};
/** An earlier run's installer may start while this one works on Debian; thrice would be something else. */
const ATTEMPTS = 3;
/**
 * A full uplink makes answers late, and so does a kernel that reads the initrd, which took 41 s on a slow machine: the
 * connection counts as lost after three times this.
 */
const UPLOAD_KEEPALIVE = 30_000;

/**
 * The way from a stock Debian to the NixOS installer, which runs in the server's memory: the installer is built here,
 * sent over the pinned connection, and started by kexec with the lasting host key. Whichever of the two systems
 * answers says where to go on, so it can be killed anywhere and run again.
 */
export function takeover(
  services: MachineServices,
  evaluator: Evaluator<Derivation>,
  times: TakeoverTimes = TIMES,
  port = 22,
): Resource<TakeoverInputs, TakeoverOutputs> {
  const { scripts } = services;
  const lasting = (inputs: TakeoverInputs): Login => ({ ...loginOf(inputs), port });
  const stock = (inputs: TakeoverInputs): Login => ({ ...lasting(inputs), hostKey: inputs.bootHostKey });

  /** The session and whose it is, as soon as one of the two lets us in. */
  async function whoAnswers(inputs: TakeoverInputs, context: Context): Promise<Answer> {
    let answer: Answer | undefined;
    await waitForSsh(
      stock(inputs),
      {
        deadline: times.boot,
        grace: times.keyGrace,
        onWait: (reason) => context.status(`waiting for Debian: ${reason}`),
        signal: context.signal,
      },
      async (login, options) => {
        answer = await connectToEither(login, lasting(inputs), options);
        return answer.session;
      },
    );
    return answer!;
  }

  async function leaveDebian(inputs: TakeoverInputs, found: Hardware, context: Context): Promise<void> {
    const run: Run = (command, args, options) =>
      services.run(command, args, { ...options, signal: context.signal });
    // Named after the machine, so that the next run takes over what a killed one left.
    const collectorRoot = join(services.folders.cache, "roots", `installer-${inputs.identity}`);
    try {
      const { storePath } = await context.phase("build installer", () =>
        // One after the other: the first evaluates and builds, the others find it done.
        services.builds.run(async () => {
          const { url, sha256, minimumNix } = inputs.nixpkgs;
          const { installer } = await evaluator.evaluate({ nixpkgs: { url, sha256 } }, minimumNix, () =>
            context.status("evaluating the installer"),
          );
          await build(run, collectorRoot, installer, context.status);
          return installer;
        }),
      );
      const { open } = services;
      const { authorizedKey, hostPrivateKey, ipv6 } = inputs;
      const seed = { authorizedKey, hostPrivateKey, publicMac: found.publicMac, ipv6 };
      const link = connect(stock(inputs), { timeout: times.dial, keepalive: UPLOAD_KEEPALIVE });
      await withSession(link, async (session) => {
        const upload = { run, open, scripts, session, status: context.status, signal: context.signal };
        await context.phase("send installer", () =>
          services.uploads.run(() => uploadClosure(upload, storePath)),
        );
        await context.phase("kexec", () => startInstaller(scripts, session, storePath, seed));
      });
    } finally {
      await rm(collectorRoot, { force: true });
    }
  }

  /** @param bootId of the Debian that was left */
  function waitForInstaller(inputs: TakeoverInputs, bootId: string, context: Context): Promise<Session> {
    return waitForSsh(
      lasting(inputs),
      {
        deadline: times.installer,
        grace: times.keyGrace,
        onWait: (reason) => context.status(`waiting for the installer: ${reason}`),
        signal: context.signal,
      },
      async (login, options) => {
        const answer = await connectToEither(login, stock(inputs), options);
        if (answer.login === login) return answer.session;
        return withSession(Promise.resolve(answer.session), async (debian) => {
          throw stillDebian(inputs, bootId, (await hardware(scripts, debian)).bootId);
        });
      },
    );
  }

  return implement(TAKEOVER, {
    replaceOn: ["identity"],
    ignore: [
      "machine",
      "address",
      "bootHostKey",
      "hostKey",
      "hostPrivateKey",
      "privateKey",
      "authorizedKey",
      "nixpkgs",
      "ipv6",
    ],

    async create(inputs, context) {
      for (let attempt = 1; ; attempt++) {
        const { login, session } = await context.phase("wait for Debian", () => whoAnswers(inputs, context));
        try {
          // Each step has a connection of its own: one that idles while another fills the uplink is lost.
          let found = await withSession(Promise.resolve(session), (session) => hardware(scripts, session));
          if (login.hostKey !== inputs.hostKey) {
            requireMemory(inputs.machine, found);
            await leaveDebian(inputs, found, context);
            found = await context.phase("wait for installer", () =>
              withSession(waitForInstaller(inputs, found.bootId, context), (session) =>
                hardware(scripts, session),
              ),
            );
          }
          return { id: inputs.identity, outputs: { publicMac: found.publicMac, disk: found.disk } };
        } catch (error) {
          const lost = error instanceof SshError && error.reason === "closed";
          if (!lost || attempt === ATTEMPTS) throw error;
          context.status(`looking again who answers: ${error.message}`);
        }
      }
    },
  });
}

/** What it means that Debian answers where the installer should. */
function stillDebian(inputs: TakeoverInputs, before: string, now: string): Error {
  const { machine, address } = inputs;
  if (now === before) {
    // Not known to be in vain: it may yet go down.
    return new SshError(
      "refused",
      `${machine} still runs Debian, although the installer was to start; \`journalctl -u kluster-kexec\` there says why`,
    );
  }
  return new Error(
    `${machine} at ${address} has booted Debian again: the installer's kernel was started and did not come up. Run \`pulumi up\` once more; if it happens again, look at the server's console, or choose another server type.`,
  );
}
