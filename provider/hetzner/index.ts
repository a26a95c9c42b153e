export { HetznerApi, type Access, type ApiOptions, type CallOptions } from "./api";
export {
  choose,
  keep,
  needsPrices,
  planChoice,
  type Candidate,
  type Decision,
  type Earlier,
  type Found,
  type Wish,
} from "./choice";
export { HetznerError } from "./errors";
export { type Claim, type HostRecord } from "./identity";
export { HOST_LABEL, STACK_LABEL } from "./labels";
export { Leftovers, removeUnusedAddresses, sweep, sweepHost } from "./leftovers";
export { formatMoney, formatTotal, type MonthlyCost } from "./money";
export { KINDS, type Kind } from "./objects";
export { isOff, runAs, switchOn } from "./power";
export { Project, Projects, type Search } from "./project";
export {
  noticesForChoice,
  noticeForUnseenServer,
  noticesForDifferentServer,
  noticesForStatus,
  type Notice,
} from "./notices";
export { nothingHere, otherProject, noticesForLabels, undecided } from "./identity-notices";
export { isMade, readServer } from "./servers";
export { lookAround, type SiteNames } from "./surroundings";
