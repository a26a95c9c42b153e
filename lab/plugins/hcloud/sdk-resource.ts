import { DiffAnswer, ResourceType } from "../provider";
import { Properties } from "../values";
import { detailedDiff } from "./bridge/detailed-diff";
import { withIgnored } from "./bridge/ignored";
import { planLegacy } from "./bridge/legacy-plan";
import { sdkText } from "./failures";
import { HcloudResource } from "./hcloud-resource";

const META = "__meta";
/** Under which Terraform's SDK keeps time limits, and under which it keeps inputs that the state has otherwise. */
const TIMEOUTS = "e2bfb730-ecaa-11e6-8f88-34363bc7c4c0";
const NEW_EXTRA = "_new_extra_shim";

/** As Pulumi's bridge over Terraform's SDK deals with it. */
export class SdkResource extends HcloudResource {
  protected readonly notesDefaults = true;
  protected readonly keepsFailed = true;
  protected readonly limit = 20 * 60;

  async diff({ olds, news, ignoreChanges }: Parameters<ResourceType["diff"]>[0]): Promise<DiffAnswer> {
    const { fields } = this.kind;
    const planned = this.plan(news, olds, ignoreChanges);
    const details = detailedDiff(fields, olds, planned, news);
    const diffs = topLevel(Object.keys(details));
    const replaces = diffs.filter((name) => fields[name].forceNew);
    return {
      changes: diffs.length ? "DIFF_SOME" : "DIFF_NONE",
      diffs,
      replaces,
      stables: Object.keys(fields)
        .filter((name) => fields[name].forceNew && !replaces.includes(name))
        .sort(),
      // Names are unique, and the bridge sees that this one was not made up.
      deleteBeforeReplace: replaces.length > 0 && "name" in news,
      detailedDiff: details,
    };
  }

  protected plan(inputs: Properties, prior?: Properties, ignoreChanges: string[] = []): Properties {
    const planned = planLegacy(this.kind.fields, inputs, prior);
    return prior ? withIgnored(planned, prior, ignoreChanges) : planned;
  }

  protected outputs(state: Properties, before: Properties | undefined, preview: boolean): Properties {
    const meta = this.meta(before, preview);
    return { ...(meta && { [META]: meta }), ...this.withRawState(state, false) };
  }

  protected failure(error: unknown, doing: string): string {
    return `${doing && `${doing}: `}${sdkText(error)}`;
  }

  private meta(before: Properties | undefined, preview: boolean): string | undefined {
    const { createTimeout } = this.kind;
    const kept = before?.[META] ? JSON.parse(before[META]) : {};
    const meta = {
      ...(preview && { [NEW_EXTRA]: {} }),
      ...(createTimeout && { [TIMEOUTS]: { create: createTimeout * 1e9 } }),
      ...kept,
    };
    return Object.keys(meta).length ? JSON.stringify(meta) : undefined;
  }
}

const topLevel = (paths: string[]): string[] =>
  [...new Set(paths.map((path) => /^\w+/.exec(path)![0]))].sort();
