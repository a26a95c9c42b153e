/** The command `lab/lab`. */
import { readFileSync } from "node:fs";
import { run } from "../../provider/process";
import { attachConsole } from "./attach";
import { down } from "./down";
import { runInside } from "./enter";
import { holdings } from "./hetzner";
import { layout } from "./layout";
import { findInit } from "./namespaces";
import { renderStatus, parseMemory, status } from "./status";
import { up } from "./up";

const usage = `lab/lab: kluster's rehearsal lab, on this box and without VirtualBox, a cloud or internet

  lab/lab up             start it; does nothing where it is up
  lab/lab down           take it down with everything in it
  lab/lab status         machines, their addresses, free memory
  lab/lab run -- CMD …   run a command in it, such as: lab/lab run -- pulumi preview --stack dev
  lab/lab holdings       what the stand-in for Hetzner Cloud holds, and what that costs
  lab/lab console NAME   look at a machine's console and type at it; Ctrl-] leaves

With STACK=hetzner in the environment, the lab of the stack hetzner: servers of a stand-in for Hetzner Cloud.
`;

async function main(words: string[]): Promise<number> {
  const lab = layout();
  const [command, ...rest] = words;
  const inside = findInit(lab.state) === 1;
  /** This very command, inside the lab. */
  const again = () => runInside(lab, [process.execPath, process.argv[1], ...words]);
  switch (command) {
    case "up":
      return report(await up(run, lab), "the lab is up already; nothing was to do");
    case "down":
      if (inside) throw new Error("this is inside the lab, which would end itself; run it outside");
      return report(await down(run, lab), "there is no lab; nothing was to do");
    case "status": {
      if (!inside && findInit(lab.state) !== undefined) return await again();
      const memory = () => parseMemory(readFileSync("/proc/meminfo", "utf8"));
      console.log(inside ? await status(lab.state) : renderStatus(undefined, [], memory()));
      return 0;
    }
    case "run": {
      const wanted = rest[0] === "--" ? rest.slice(1) : rest;
      if (wanted.length === 0) throw new Error("run what? Such as: lab/lab run -- kubectl get nodes");
      return await runInside(lab, wanted);
    }
    case "holdings":
      if (lab.stack.provider !== "hetzner")
        throw new Error(`the stack ${lab.stack.name} holds nothing at Hetzner; say STACK=hetzner`);
      if (!inside) return await again();
      process.stdout.write(await holdings());
      return 0;
    case "console":
      if (rest.length !== 1) throw new Error("the console of which machine? Such as: lab/lab console il");
      if (!inside) return await again();
      await attachConsole(lab.state, rest[0]);
      return 0;
    case "help":
    case "--help":
      process.stdout.write(usage);
      return 0;
    default:
      process.stderr.write(usage);
      return 2;
  }
}

function report(done: string[], nothing: string): number {
  for (const line of done.length > 0 ? done : [nothing]) console.log(`lab: ${line}`);
  return 0;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error) => {
    process.stderr.write(`lab: ${(error as Error).message}\n`);
    process.exit(1);
  },
);
