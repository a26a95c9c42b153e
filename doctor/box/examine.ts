import { type Check, examine, type Finding } from "../check";
import { accessCheck } from "../hetzner/access";
import { tokenCheck } from "../hetzner/token";
import { addressesCheck } from "./addresses";
import { clockCheck } from "./clock";
import { diskSpaceCheck } from "./disk-space";
import { hostOnlyCheck } from "./host-only";
import { internetCheck } from "./internet";
import { kvmCheck } from "./kvm";
import { nixCheck } from "./nix";
import { pulumiCheck } from "./pulumi";
import { settingsCheck } from "./settings";
import { type Box } from "./subject";
import { virtualBoxCheck } from "./virtualbox";

const CHECKS: readonly Check<Box>[] = [
  settingsCheck,
  nixCheck,
  pulumiCheck,
  clockCheck,
  virtualBoxCheck,
  kvmCheck,
  hostOnlyCheck,
  diskSpaceCheck,
  addressesCheck,
  internetCheck,
  tokenCheck,
  accessCheck,
];

/** Looks at everything that this box can have wrong. */
export const examineBox = (box: Box): Promise<Finding[]> => examine(CHECKS, box);
