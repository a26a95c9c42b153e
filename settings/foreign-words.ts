/** What inventories of other tools call the keys that are meant here, without case and the marks - and _. */
const KEYS: Record<string, readonly string[]> = {
  host: [
    ...["address", "addr", "ip", "ipv4", "ipaddress", "ipv4address", "privateip", "privateipv4"],
    ...["targethost", "ansiblehost", "hostname", "endpoint"],
  ],
  hosts: ["nodes", "machines", "servers", "inventory", "vms"],
  kluster: ["cluster", "network"],
  master: ["controlplane", "controller", "server", "leader"],
  memory: ["ram", "mem", "memorysize", "memorymb"],
  cpus: ["cores", "vcpu", "vcpus", "processors", "numcpus"],
  disk: ["disksize", "hdd", "storage", "rootdisk", "size"],
  labels: ["nodelabels", "nodelabel", "kubernetesnodelabels", "label"],
  taints: ["nodetaints", "nodetaint", "registerwithtaints", "taint"],
  allowSchedulingOnMaster: [
    ...["allowschedulingoncontrolplane", "allowschedulingoncontrolplanes", "scheduleworkloadsonmasters"],
    ...["allowschedulingonmasters", "schedulablemaster", "mastertaint", "taintmaster", "mastersschedulable"],
  ],
  disk_uuid: ["uuid", "rootuuid"],
  server_types: ["type", "servertype", "instancetype", "flavor", "plan"],
  serverTypes: ["type", "servertype", "instancetype", "flavor", "plan"],
  locations: ["datacenter", "datacenters", "region", "regions", "zone"],
  modules: ["imports", "configuration", "nixosmodules"],
  access: ["allowedips", "allowedcidrs", "allowednetworks", "allowedsources", "whitelist"],
  pods: ["podcidr", "podnetworkcidr", "clustercidr", "podsubnet"],
  services: ["servicecidr", "servicesubnet", "serviceclusteriprange"],
  adapter: ["networkmode"],
  bridge: ["interface", "nic", "bridgeadapter"],
  network: ["subnet", "cidr", "networkcidr"],
};

/** Tables in which other tools write what holds for every machine. */
const FOR_ALL = ["default", "defaults", "all", "global", "common", "vars"];

const plain = (word: string) => word.toLowerCase().replace(/[-_]/g, "");

/** The key, one of `candidates`, that another tool calls by this word; undefined where there is none. */
export function foreignKey(word: string, candidates: readonly string[]): string | undefined {
  return candidates.find((candidate) => KEYS[candidate]?.includes(plain(word)));
}

/** Whether a table of this name holds, with other tools, what is the same for all machines. */
export const isForAll = (word: string) => FOR_ALL.includes(plain(word));
