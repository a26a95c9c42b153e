import { CheckRequest, CheckResponse } from "@pulumi/pulumi/proto/provider_pb";
import { createCertificateAuthority, isSignedBy } from "../../../provider/pki";
import { AnyResource } from "../../../provider/resource";
import { certificateAuthority } from "../../../provider/resources/certificate-authority";
import { clientCertificate } from "../../../provider/resources/client-certificate";
import { encryptionKey } from "../../../provider/resources/encryption-key";
import { keyPair } from "../../../provider/resources/key-pair";
import { serviceAccountKey } from "../../../provider/resources/service-account-key";
import { wireGuardKey } from "../../../provider/resources/wireguard-key";
import { fromStruct, Properties, toStruct, UNKNOWN } from "../../../provider/values";
import { ServedProvider, serveProvider, urnOf } from "../../support/provider";

const day = 86_400_000;
let now: number;
const clock = { now: () => now, sleep: async () => {} };
const all = {
  authority: certificateAuthority(clock),
  serviceAccount: serviceAccountKey(clock),
  administrator: clientCertificate(clock),
  encryptionKey,
  keyPair,
  wireGuardKey,
} satisfies Record<string, AnyResource>;

let provider: ServedProvider;
beforeAll(async () => {
  provider = await serveProvider(Object.values(all));
});
afterAll(() => provider.stop());
beforeEach(() => {
  now = Date.parse("2026-11-28T12:00:00Z");
});

/** An object as the state has it, and what the engine does to it. */
class Kept {
  private constructor(
    private readonly resource: AnyResource,
    private readonly id: string,
    public inputs: Properties,
    public outputs: Properties,
  ) {}

  static async create(resource: AnyResource, inputs: Properties): Promise<Kept> {
    const made = await provider.create(urnOf(resource), inputs);
    return new Kept(resource, made.getId(), inputs, fromStruct(made.getProperties()));
  }

  async checked(news: Properties): Promise<Properties> {
    const request = new CheckRequest();
    request.setUrn(urnOf(this.resource));
    request.setOlds(toStruct(this.inputs, []));
    request.setNews(toStruct(news, []));
    return fromStruct((await provider.call<CheckResponse>("check", request)).getInputs());
  }

  async changes(news: Properties): Promise<string[]> {
    const inputs = await this.checked(news);
    const answer = await provider.diff(urnOf(this.resource), this.outputs, this.inputs, inputs);
    expect(answer.getReplacesList()).toEqual([]);
    return answer.getDiffsList();
  }

  async preview(news: Properties): Promise<Properties> {
    return this.asked(await this.checked(news), true);
  }

  /** `pulumi up` with these inputs, where it finds something to do. */
  async up(news: Properties): Promise<void> {
    if ((await this.changes(news)).length === 0) return;
    const inputs = await this.checked(news);
    [this.outputs, this.inputs] = [await this.asked(inputs, false), inputs];
  }

  private async asked(inputs: Properties, preview: boolean): Promise<Properties> {
    const answer = await provider.update(
      urnOf(this.resource),
      this.id,
      this.outputs,
      this.inputs,
      inputs,
      preview,
    );
    return fromStruct(answer.getProperties());
  }
}

async function inputsOf(name: keyof typeof all): Promise<Properties> {
  if (name === "authority") return { commonName: "kluster-dev" };
  if (name === "keyPair") return { comment: "il.dev" };
  if (name !== "administrator") return {};
  const { certificate, privateKey } = await createCertificateAuthority({
    commonName: "dev",
    now: new Date(now),
  });
  return {
    ...{ caCertificate: certificate, caPrivateKey: privateKey },
    ...{ commonName: "admin", organization: "kluster:administrators", validDays: 365 },
  };
}

/** What is the key itself, of each. */
const SECRET: Record<keyof typeof all, string> = {
  authority: "privateKey",
  serviceAccount: "privateKey",
  administrator: "privateKey",
  encryptionKey: "key",
  keyPair: "privateKey",
  wireGuardKey: "privateKey",
};

describe.each(Object.keys(all) as (keyof typeof all)[])("%s", (name) => {
  const secret = SECRET[name];
  let kept: Kept;
  let plain: Properties;
  beforeEach(async () => {
    plain = await inputsOf(name);
    kept = await Kept.create(all[name], plain);
  });

  test("is made anew, in place, for another word, which the preview says", async () => {
    const first = kept.outputs[secret];
    expect(await kept.changes({ ...plain, generation: "1" })).toEqual(["generation"]);
    expect((await kept.preview({ ...plain, generation: "1" }))[secret]).toBe(UNKNOWN);
    expect(kept.outputs[secret]).toBe(first);
    await kept.up({ ...plain, generation: "1" });
    expect(kept.outputs[secret]).not.toBe(first);
  });

  test("stays for the same word, and when the word is taken back", async () => {
    await kept.up({ ...plain, generation: "1" });
    const second = kept.outputs[secret];
    expect(await kept.changes({ ...plain, generation: "1" })).toEqual([]);
    expect(await kept.changes(plain)).toEqual([]);
    await kept.up(plain);
    expect(kept.outputs[secret]).toBe(second);
    await kept.up({ ...plain, generation: "2" });
    expect(kept.outputs[secret]).not.toBe(second);
  });
});

test.each([
  ["authority", "earlier"],
  ["serviceAccount", "earlier"],
  ["encryptionKey", "earlier"],
  ["keyPair", "earlier"],
  ["administrator", "group"],
] as const)(
  "the state of before keys could be changed gets what it lacks, and the %s stays",
  async (name, lacking) => {
    const plain = await inputsOf(name);
    const kept = await Kept.create(all[name], plain);
    const { [lacking]: whole, ...before } = kept.outputs;
    kept.outputs = before;
    expect(await kept.changes(plain)).toEqual([lacking]);
    expect(await kept.preview(plain)).toEqual({ ...before, [lacking]: whole });
    await kept.up(plain);
    expect(kept.outputs).toEqual({ ...before, [lacking]: whole });
    expect(await kept.changes(plain)).toEqual([]);
  },
);

describe("what has followed another", () => {
  test("an authority remembers the certificates of those before, and never their keys", async () => {
    const kept = await Kept.create(all.authority, { commonName: "kluster-dev" });
    const seen = [kept.outputs];
    for (const generation of ["1", "2"]) {
      await kept.up({ commonName: "kluster-dev", generation });
      seen.push(kept.outputs);
    }
    expect(kept.outputs.earlier).toEqual([seen[1].certificate, seen[0].certificate]);
    expect(JSON.stringify(kept.outputs)).not.toContain(JSON.stringify(seen[1].privateKey).slice(1, -1));
    expect(isSignedBy(kept.outputs.certificate, seen[0].certificate)).toBe(false);
  });

  test("an authority is another in the last third of its ten years, and forgets what has ended", async () => {
    const inputs = { commonName: "kluster-dev" };
    const kept = await Kept.create(all.authority, inputs);
    const first = kept.outputs.certificate;
    now += 2430 * day;
    expect(await kept.changes(inputs)).toEqual([]);
    now += 10 * day;
    expect(await kept.changes(inputs)).toEqual(["certificate"]);
    expect((await kept.preview(inputs)).certificate).toBe(UNKNOWN);
    await kept.up(inputs);
    expect(kept.outputs.earlier).toEqual([first]);
    expect(await kept.changes(inputs)).toEqual([]);
    now += 2440 * day; // the first has ended
    await kept.up(inputs);
    expect(kept.outputs.earlier).not.toContain(first);
    expect(kept.outputs.earlier).toHaveLength(1);
  });

  test("the service accounts' earlier key is good for two days more, and then a change", async () => {
    const kept = await Kept.create(all.serviceAccount, {});
    const first = kept.outputs.publicKey;
    await kept.up({ generation: "1" });
    expect(kept.outputs.earlier).toEqual([{ publicKey: first, until: "2026-11-30" }]);
    now += 2 * day;
    expect(await kept.changes({ generation: "1" })).toEqual([]);
    now += day;
    expect(await kept.changes({ generation: "1" })).toEqual(["earlier"]);
    expect((await kept.preview({ generation: "1" })).earlier).toEqual([]);
    const { publicKey } = kept.outputs;
    await kept.up({ generation: "1" });
    expect(kept.outputs).toMatchObject({ publicKey, earlier: [] });
  });

  test("another generation of administrators is another group", async () => {
    const inputs = await inputsOf("administrator");
    const kept = await Kept.create(all.administrator, inputs);
    expect(kept.outputs.group).toBe("kluster:administrators");
    await kept.up({ ...inputs, generation: "2" });
    expect(kept.outputs.group).toBe("kluster:administrators:2");
    await kept.up(inputs); // the word is taken out of the settings
    expect(kept.outputs.group).toBe("kluster:administrators:2");
  });

  test("SSH keys are remembered with both halves, the last three, as secrets", async () => {
    const kept = await Kept.create(all.keyPair, { comment: "il.dev" });
    const pairs = [kept.outputs];
    for (const generation of ["1", "2", "3", "4"]) {
      await kept.up({ comment: "il.dev", generation });
      pairs.unshift(kept.outputs);
    }
    const halves = pairs.slice(1, 4).map(({ publicKey, privateKey }) => ({ publicKey, privateKey }));
    expect(kept.outputs.earlier).toEqual(halves);
    expect(all.keyPair.secrets).toContain("earlier");
    expect(all.encryptionKey.secrets).toContain("earlier");
  });
});
