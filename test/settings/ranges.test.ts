import { load, type Refusal, refusalsOf } from "./project";

/** An inventory of one host. */
const host = (extra: string, name = "il") =>
  `[kluster]\nmaster = "${name}"\n[hosts.${name}]\nhost = "192.168.56.11"\n${extra}`;

describe("the cluster's ranges are refused for", () => {
  it.each<Refusal>([
    [
      "pods that overlap services",
      { config: { pods: "10.96.0.0/12" } },
      [
        [
          'Pulumi.dev.yaml, kluster:pods = "10.96.0.0/12"',
          "the pods' range overlaps the services' range 10.96.0.0/16",
          "a network that has no address in common with 10.0.2.0/24, 192.168.56.0/24, 10.96.0.0/16",
          "pulumi config set --stack dev kluster:pods 10.244.0.0/16",
        ],
      ],
    ],
    [
      "services that overlap pods",
      { config: { services: "10.244.8.0/24" } },
      [
        [
          'Pulumi.dev.yaml, kluster:services = "10.244.8.0/24"',
          "the services' range overlaps the pods' range 10.244.0.0/16",
          "a network that has no address in common with 10.0.2.0/24, 192.168.56.0/24, 10.244.0.0/16",
          "pulumi config set --stack dev kluster:services 10.96.0.0/16",
        ],
      ],
    ],
    [
      "pods and services that are the same",
      { config: { pods: "10.100.0.0/16", services: "10.100.0.0/16" } },
      [
        [
          'Pulumi.dev.yaml, kluster:services = "10.100.0.0/16"',
          "the services' range overlaps the pods' range 10.100.0.0/16",
          "a network that has no address in common with 10.0.2.0/24, 192.168.56.0/24, 10.100.0.0/16",
          "pulumi config set --stack dev kluster:services 10.96.0.0/16",
        ],
      ],
    ],
    [
      "pods that overlap the machines",
      { config: { pods: "192.168.0.0/16" } },
      [
        [
          'Pulumi.dev.yaml, kluster:pods = "192.168.0.0/16"',
          "the pods' range overlaps the machines' network 192.168.56.0/24",
          "a network that has no address in common with 10.0.2.0/24, 192.168.56.0/24, 10.96.0.0/16",
          "pulumi config set --stack dev kluster:pods 10.244.0.0/16",
        ],
      ],
    ],
    [
      "services that overlap the machines",
      { config: { services: "192.168.56.0/24" } },
      [
        [
          'Pulumi.dev.yaml, kluster:services = "192.168.56.0/24"',
          "the services' range overlaps the machines' network 192.168.56.0/24",
          "a network that has no address in common with 10.0.2.0/24, 192.168.56.0/24, 10.244.0.0/16",
          "pulumi config set --stack dev kluster:services 10.96.0.0/16",
        ],
      ],
    ],
    [
      "services that overlap VirtualBox's NAT",
      { config: { services: "10.0.0.0/16" } },
      [
        [
          'Pulumi.dev.yaml, kluster:services = "10.0.0.0/16"',
          "the services' range overlaps VirtualBox's NAT network of every machine 10.0.2.0/24",
          "a network that has no address in common with 10.0.2.0/24, 192.168.56.0/24, 10.244.0.0/16",
          "pulumi config set --stack dev kluster:services 10.96.0.0/16",
        ],
      ],
    ],
    [
      "pods that overlap everything",
      { config: { pods: "10.0.0.0/8" } },
      [
        [
          'Pulumi.dev.yaml, kluster:pods = "10.0.0.0/8"',
          "the pods' range overlaps VirtualBox's NAT network of every machine 10.0.2.0/24",
          "a network that has no address in common with 10.0.2.0/24, 192.168.56.0/24, 10.96.0.0/16",
          "pulumi config set --stack dev kluster:pods 10.244.0.0/16",
        ],
        [
          'Pulumi.dev.yaml, kluster:pods = "10.0.0.0/8"',
          "the pods' range overlaps the services' range 10.96.0.0/16",
          "a network that has no address in common with 10.0.2.0/24, 192.168.56.0/24, 10.96.0.0/16",
          "pulumi config set --stack dev kluster:pods 10.244.0.0/16",
        ],
      ],
    ],
    [
      "default pods that a bridged network overlaps",
      { config: { adapter: "bridged", bridge: "eth0" }, toml: host("").replace("192.168.56", "10.244.1") },
      [
        [
          'Pulumi.dev.yaml, kluster:pods = "10.244.0.0/16"',
          "the pods' range overlaps the machines' network 10.244.1.0/24",
          "a network that has no address in common with 10.0.2.0/24, 10.244.1.0/24, 10.96.0.0/16",
          "pulumi config set --stack dev kluster:pods 10.200.0.0/16",
        ],
      ],
    ],
    [
      "default pods that the network of a bridge overlaps, though that was set",
      {
        config: { adapter: "bridged", bridge: "eth0", network: "10.244.0.0/16" },
        toml: host("").replace("192.168.56", "10.244.1"),
      },
      [
        [
          'Pulumi.dev.yaml, kluster:pods = "10.244.0.0/16"',
          "the pods' range overlaps the machines' network 10.244.0.0/16",
          "a network that has no address in common with 10.0.2.0/24, 10.244.0.0/16, 10.96.0.0/16",
          "pulumi config set --stack dev kluster:pods 10.200.0.0/16",
        ],
      ],
    ],
    [
      "pods without a /24 for each host",
      { config: { pods: "10.244.0.0/24" } },
      [
        [
          'Pulumi.dev.yaml, kluster:pods = "10.244.0.0/24"',
          "it holds 1 networks of size /24, and every one of the 2 hosts needs one for its pods",
          "a network of size /23 or larger",
          "pulumi config set --stack dev kluster:pods 10.244.0.0/16",
        ],
      ],
    ],
    [
      "pods that don't hold a single /24",
      { config: { pods: "10.244.0.0/25" } },
      [
        [
          'Pulumi.dev.yaml, kluster:pods = "10.244.0.0/25"',
          "too small a network: the pods of every host get a /24 of it",
          "an IPv4 network, /8 to /24, such as 10.244.0.0/16",
          "pulumi config set --stack dev kluster:pods 10.244.0.0/16",
        ],
      ],
    ],
    [
      "pods larger than any private network",
      { config: { pods: "0.0.0.0/7" } },
      [
        [
          'Pulumi.dev.yaml, kluster:pods = "0.0.0.0/7"',
          "too large a network: no private network is that large",
          "an IPv4 network, /8 to /24, such as 10.244.0.0/16",
          "pulumi config set --stack dev kluster:pods 10.244.0.0/16",
        ],
      ],
    ],
    [
      "services that lack NixOS's address for DNS",
      { config: { services: "10.96.0.0/25" } },
      [
        [
          'Pulumi.dev.yaml, kluster:services = "10.96.0.0/25"',
          "too small a network: NixOS gives the cluster's DNS the address that ends in .254",
          "an IPv4 network, /12 to /24, such as 10.96.0.0/16",
          "pulumi config set --stack dev kluster:services 10.96.0.0/16",
        ],
      ],
    ],
    [
      "services with more addresses than kube-apiserver takes",
      { config: { services: "10.96.0.0/11" } },
      [
        [
          'Pulumi.dev.yaml, kluster:services = "10.96.0.0/11"',
          "too large a network: kube-apiserver takes no more than a /12",
          "an IPv4 network, /12 to /24, such as 10.96.0.0/16",
          "pulumi config set --stack dev kluster:services 10.96.0.0/16",
        ],
      ],
    ],
    [
      "multicast pods",
      { config: { pods: "239.0.0.0/16" } },
      [
        [
          'Pulumi.dev.yaml, kluster:pods = "239.0.0.0/16"',
          "it holds multicast and reserved addresses (224.0.0.0/3)",
          "an IPv4 network, /8 to /24, such as 10.244.0.0/16",
          "pulumi config set --stack dev kluster:pods 10.244.0.0/16",
        ],
      ],
    ],
    [
      "an apiPort of 0",
      { config: { apiPort: "0" } },
      [
        [
          'Pulumi.dev.yaml, kluster:apiPort = "0"',
          "too little: TCP ports start at 1",
          "a whole number from 1 to 65535",
          "pulumi config set --stack dev kluster:apiPort 6443",
        ],
      ],
    ],
    [
      "an apiPort past the last",
      { config: { apiPort: 65536 } },
      [
        [
          "Pulumi.dev.yaml, kluster:apiPort = 65536",
          "too much",
          "a whole number from 1 to 65535",
          "pulumi config set --stack dev kluster:apiPort 6443",
        ],
      ],
    ],
    [
      "an apiPort of kubelet's",
      { config: { apiPort: 10250 } },
      [
        [
          "Pulumi.dev.yaml, kluster:apiPort = 10250",
          "on the master this port belongs to kubelet",
          "a free TCP port, such as 6443 or 443",
          "pulumi config set --stack dev kluster:apiPort 6443",
        ],
      ],
    ],
    [
      "an apiPort that services get",
      { config: { apiPort: 30443 } },
      [
        [
          "Pulumi.dev.yaml, kluster:apiPort = 30443",
          "on the master this port belongs to services of type NodePort",
          "a free TCP port, such as 6443 or 443",
          "pulumi config set --stack dev kluster:apiPort 6443",
        ],
      ],
    ],
  ])("%s", (_, given, refusals) => expect(refusalsOf(given)).toEqual(refusals));
});

describe("the cluster's ranges", () => {
  it("are those that most clusters have, where nothing is said", () => {
    expect(load().kubernetes).toEqual({
      pods: "10.244.0.0/16",
      services: "10.96.0.0/16",
      apiPort: 6443,
      podSecurity: "baseline",
    });
  });

  it("may be as small as their use allows", () => {
    const config = { pods: "10.244.0.0/23", services: "10.96.7.0/24", apiPort: "443" };
    expect(load({ config }).kubernetes).toEqual({ ...config, apiPort: 443, podSecurity: "baseline" });
  });

  it("may lie side by side", () => {
    const config = { pods: "10.96.0.0/16", services: "10.97.0.0/16" };
    expect(load({ config }).kubernetes).toMatchObject(config);
  });
});
