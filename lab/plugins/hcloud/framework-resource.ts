import { isDeepStrictEqual } from "node:util";
import { DiffAnswer, ResourceType } from "../provider";
import { Properties } from "../values";
import { planFramework } from "./bridge/framework-plan";
import { withIgnored } from "./bridge/ignored";
import { frameworkText } from "./failures";
import { HcloudResource } from "./hcloud-resource";

/** As Pulumi's bridge over Terraform's plugin framework deals with it. */
export class FrameworkResource extends HcloudResource {
  protected readonly notesDefaults = false;
  /** What is made before a call fails stays at Hetzner, and nobody knows of it. */
  protected readonly keepsFailed = false;
  protected readonly limit = undefined;

  async diff({ olds, news, ignoreChanges }: Parameters<ResourceType["diff"]>[0]): Promise<DiffAnswer> {
    const { fields } = this.kind;
    const { planned, replaces } = planFramework(fields, withIgnored(news, olds, ignoreChanges), olds);
    const diffs = Object.keys(fields).filter((name) => !isDeepStrictEqual(planned[name], olds[name] ?? null));
    return { changes: diffs.length ? "DIFF_SOME" : "DIFF_NONE", diffs: diffs.sort(), replaces };
  }

  protected plan(inputs: Properties, prior?: Properties, ignoreChanges: string[] = []): Properties {
    const config = prior ? withIgnored(inputs, prior, ignoreChanges) : inputs;
    return planFramework(this.kind.fields, config, prior).planned;
  }

  protected outputs(state: Properties, before: Properties | undefined, preview: boolean): Properties {
    const there = Object.fromEntries(Object.entries(state).filter(([, value]) => value !== null));
    return preview ? there : this.withRawState(there, true);
  }

  protected failure(error: unknown): string {
    return frameworkText(error);
  }
}
