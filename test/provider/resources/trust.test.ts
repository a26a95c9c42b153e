import { Run } from "../../../provider/process";
import { trust } from "../../../provider/resources/trust";
import { Properties, UNKNOWN } from "../../../provider/values";
import { MachineServices } from "../../../provider/machine-services";
import { ServedProvider, serveProvider, urnOf } from "../../support/provider";

const never: Run = async (command) => {
  throw new Error(`a preview runs ${command}`);
};
const resource = trust(new MachineServices(never, { project: "/nowhere", cache: "/nowhere/cache" }));
const [etcd, api, kubelet] = ["etcd.service", "kube-apiserver.service", "kubelet.service"];
const file = (secret: string, restartUnits: string[]) => ({
  ...{ secret, path: `/var/lib/kluster/${secret}`, uid: 0, gid: 0, mode: "0644", first: true },
  restartUnits,
});
const files = [
  file("ca-certificate", [api, kubelet]),
  file("etcd-ca-certificate", [etcd, api]),
  file("front-proxy-ca-certificate", []),
  file("encryption-config", [api]),
];
const inputs = {
  ...{ identity: "u", machine: "il", address: "192.168.56.11", hostKey: "h", privateKey: "k", placed: true },
  files,
  secrets: Object.fromEntries(files.map(({ secret }) => [secret, "earlier"])),
};

let provider: ServedProvider;
beforeEach(async () => {
  provider = await serveProvider([resource]);
});
afterEach(() => provider.stop());

/** What the preview says of other secrets. */
async function said(secrets: Properties | string): Promise<string[]> {
  const news = {
    ...inputs,
    secrets: typeof secrets === "string" ? secrets : { ...inputs.secrets, ...secrets },
  };
  await provider.update(urnOf(resource, "il/trust"), "u", {}, inputs, news, true);
  return provider.lines.map(({ message }) => message);
}

test.each<[string, Properties | string, string[]]>([
  [
    "another authority",
    { "ca-certificate": UNKNOWN },
    [
      `il: as trusted keys change, these restart: ${api}, ${kubelet}; the API is away for some seconds; the node starts no pods for some seconds, and those that run go on`,
    ],
  ],
  [
    "another key for Secrets",
    { "encryption-config": UNKNOWN },
    [`il: as trusted keys change, these restart: ${api}; the API is away for some seconds`],
  ],
  ["what nobody must restart for", { "front-proxy-ca-certificate": "other" }, []],
  ["nothing", {}, []],
])(
  "a preview of %s says which units restart on the machine, and what is away meanwhile",
  async (_, other, lines) => expect(await said(other)).toEqual(lines),
);

test("where nothing is known of what comes, all of them", async () => {
  expect((await said(UNKNOWN))[0]).toMatch(
    /restart: kube-apiserver.service, kubelet.service, etcd.service; the API/,
  );
});
