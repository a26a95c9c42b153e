import { dependencies } from "../../package.json";
import { isAtLeast } from "../../provider/nixos/nix";
import { type Check, type Judgement, problem, warning, well } from "../check";
import { type Box } from "./subject";

/** The CLI that the SDK of package.json is of. */
const TESTED = dependencies["@pulumi/pulumi"];

/** The Pulumi CLI and its version. */
export const pulumiCheck: Check<Box> = {
  name: "pulumi",
  async look({ run, env }) {
    const finished = await run("pulumi", ["version"], {
      timeout: 30_000,
      env: { PATH: env.PATH ?? "" },
    }).catch(() => undefined);
    return judgePulumi(finished?.stdout);
  },
};

/** @param text what `pulumi version` printed; undefined where there is none */
export function judgePulumi(text: string | undefined): Judgement {
  const version = /v?(\d+\.\d+\.\d+)/.exec(text ?? "")?.[1];
  if (!version)
    return problem("there is no Pulumi on PATH", "Install it: https://www.pulumi.com/docs/install/");
  if (Number(version.split(".")[0]) !== Number(TESTED.split(".")[0]))
    return problem(
      `Pulumi ${version} has another major version than ${TESTED}, which kluster is made for`,
      `Install Pulumi ${TESTED}.`,
    );
  if (!isAtLeast(version, TESTED))
    return warning(
      `Pulumi ${version} is older than ${TESTED}, which kluster is tested with`,
      "Upgrade it where something does not work: https://www.pulumi.com/docs/install/",
    );
  return well(`Pulumi ${version}`);
}
