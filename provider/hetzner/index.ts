export { HetznerApi, type Access, type ApiOptions, type CallOptions } from "./api";
export {
  choose,
  keep,
  needsPrices,
  planChoice,
  type Decision,
  type Earlier,
  type Found,
  type Wish,
} from "./choice";
export { HetznerError } from "./errors";
export { HOST_LABEL, STACK_LABEL } from "./labels";
export { Leftovers, sweep } from "./leftovers";
export { formatMoney, formatTotal, type MonthlyCost } from "./money";
export { KINDS, type Kind } from "./objects";
export { Project, Projects } from "./project";
export { sayChoice, sayKeptUnseen, sayOther, sayStatus, type Saying } from "./saying";
export { isMade, readServer } from "./servers";
