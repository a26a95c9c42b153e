/**
 * WireGuard and the firewall as nix/ sets them up, in a lab machine. The other end of the tunnel is the lab itself, which
 * is a stranger on the machine's network otherwise.
 */
import { generateKeyPairSync } from "node:crypto";
import { describeInLab, eventually } from "../machine/lab-under-test";
import { server, SwitchableMachine } from "./machine";

jest.setTimeout(180_000);

const lan = { machine: "192.168.10.61", lab: "192.168.10.1", stranger: "192.168.10.77" };
const tunnel = { machine: "10.65.0.61", lab: "10.65.0.1" };
const metadata = "169.254.169.254";

/** A key pair as WireGuard writes it. */
function keyPair() {
  const { publicKey, privateKey } = generateKeyPairSync("x25519");
  const raw = (jwk: any, part: string) => Buffer.from(jwk[part], "base64url").toString("base64");
  return {
    public: raw(publicKey.export({ format: "jwk" }), "x"),
    private: raw(privateKey.export({ format: "jwk" }), "d"),
  };
}

describeInLab("a machine with WireGuard", () => {
  const keys = { probe: keyPair(), near: keyPair(), far: keyPair() };
  let machine: SwitchableMachine;

  const inLab = (script: string) => machine.lab.must(["run", "--", "bash", "-euc", script]);
  /** A connection to a port, from an address of the lab. */
  const connects = (from: string, to: string, port: number): boolean => {
    const attempt = `IO::Socket::INET->new(LocalAddr => "${from}", PeerAddr => "${to}", PeerPort => ${port}, Timeout => 1)`;
    return (
      machine.lab.lab(["run", "--", "perl", "-MIO::Socket::INET", "-e", `exit(${attempt} ? 0 : 1)`]).code ===
      0
    );
  };
  const switchTo = (system: string) =>
    machine.must(`${machine.path(system)}/bin/switch-to-configuration test 2>&1`);
  /** What changes whenever a unit is started anew. */
  const runs = (...units: string[]) =>
    machine.must(`systemctl show --value -p InvocationID ${units.join(" ")}`);

  beforeAll(async () => {
    machine = new SwitchableMachine({
      wireguard: { probe: keys.probe.public, near: keys.near.public, far: keys.far.public },
      near: lan.lab,
      access: [`${lan.lab}/32`, "2001:db8:beef::/48"],
    });
    inLab(`
      ip address add ${lan.stranger}/24 dev lan0
      ip address add ${metadata}/32 dev lan0
      setsid ${server} 8099 </dev/null >/dev/null 2>&1 &
      wireguard-go tunnel >/dev/null 2>&1
      ip address add ${tunnel.lab}/32 dev tunnel
      wg set tunnel listen-port 51820 private-key <(echo ${keys.near.private}) \\
        peer ${keys.probe.public} allowed-ips ${tunnel.machine}/32 endpoint ${lan.machine}:51820
      ip link set tunnel up
      ip route add ${tunnel.machine}/32 dev tunnel`);
    await machine.start();
    machine.must(`
      mkdir -p /var/lib/kluster
      (umask 077; echo ${keys.probe.private} >/var/lib/kluster/wireguard.key)
      for port in 8001 8002; do systemd-run --quiet --unit=serve-$port ${server} $port; done`);
  });
  afterAll(() => machine?.lab.end());

  test("reaches its peer, who reaches every port of it, and nobody else does", () => {
    switchTo("withNear");
    expect(machine.must("wg show wg0 peers")).toBe(keys.near.public);
    expect(connects(tunnel.lab, tunnel.machine, 8002)).toBe(true);
    expect(connects(lan.lab, lan.machine, 8002)).toBe(false);
    const link = "ip -o link show wg0 | grep -o 'mtu [0-9]*'";
    const route = `ip route get ${tunnel.lab} | grep -o 'dev [a-z0-9]*'`;
    expect(machine.must(`${link}; ${route}`)).toBe("mtu 1370\ndev wg0");
  });

  test("takes one peer more, and one less, without touching anything else", () => {
    switchTo("withNear");
    const steady = ["wireguard-wg0", "wireguard-wg0-peer-near", "firewall", "systemd-networkd", "sshd"];
    const before = runs(...steady);
    expect(before.split("\n").filter(Boolean)).toHaveLength(steady.length);
    machine.must("iptables -A nixos-fw -m comment --comment untouched -j RETURN"); // a reload would take it away
    const more = switchTo("withBoth");
    expect(more).toMatch(/the following new units were started: .*wireguard-wg0-peer-far\.service/);
    expect(machine.must("wg show wg0 peers").split("\n").sort()).toEqual(
      [keys.near.public, keys.far.public].sort(),
    );
    expect(machine.must("ip route show dev wg0").split("\n").sort()).toEqual(
      [`10.65.0.1 scope link `, `10.65.0.2 scope link `].map((route) =>
        expect.stringContaining(route.trim()),
      ),
    );
    const less = switchTo("withNear");
    expect(less).toMatch(/stopping the following units: .*wireguard-wg0-peer-far\.service/);
    expect(machine.must("wg show wg0 peers")).toBe(keys.near.public);
    expect(machine.must("ip route show dev wg0")).not.toContain("10.65.0.2");
    expect(runs(...steady)).toBe(before);
    expect(machine.must("iptables -S nixos-fw")).toContain("untouched");
    expect(connects(tunnel.lab, tunnel.machine, 8002)).toBe(true);
  });

  test("is tried again where it fails at first, and its peers with it", async () => {
    switchTo("withNear");
    machine.must(`
      mv /var/lib/kluster/wireguard.key /var/lib/kluster/elsewhere
      systemctl restart wireguard-wg0 2>&1 || true`);
    const state = () => machine.ssh("systemctl is-active wireguard-wg0").stdout.trim();
    expect(state()).toBe("activating");
    machine.must("mv /var/lib/kluster/elsewhere /var/lib/kluster/wireguard.key");
    await eventually("WireGuard, once more", () => state() === "active");
    await eventually("a connection", () => connects(tunnel.lab, tunnel.machine, 8002));
    expect(machine.must("wg show wg0 peers")).toBe(keys.near.public);
  });

  test("lets in from outside whom its access names, and no stranger", () => {
    switchTo("withNear");
    expect([22, 8001].map((port) => connects(lan.stranger, lan.machine, port))).toEqual([true, true]);
    switchTo("guarded");
    expect([22, 8001].map((port) => connects(lan.lab, lan.machine, port))).toEqual([true, true]);
    expect([22, 8001].map((port) => connects(lan.stranger, lan.machine, port))).toEqual([true, false]);
    expect(connects(lan.lab, lan.machine, 8002)).toBe(false);
    const ipv6 = machine.must("ip6tables -S nixos-fw | grep -- '-s 2001:db8:beef::/48'").split("\n");
    expect(
      ipv6.map((rule) =>
        rule
          .match(/-p (\S+) .*--dport (\d+)/)!
          .slice(1)
          .join(" "),
      ),
    ).toEqual(["tcp 8001", "udp 51820"]);
    expect(machine.must("ip6tables -S nixos-fw | tail -n 1")).toBe("-A nixos-fw -j nixos-fw-log-refuse");
  });

  test("keeps the cloud's metadata from its pods, and not from itself", () => {
    switchTo("guarded");
    machine.must(`
      ip route add ${metadata} via ${lan.lab}
      ip link add mynet type bridge
      ip address add 10.244.9.1/24 dev mynet
      ip link set mynet up
      ip netns add pod
      ip link add pod0 type veth peer name eth0 netns pod
      ip link set pod0 master mynet up
      ip -n pod address add 10.244.9.2/24 dev eth0
      ip -n pod link set eth0 up
      ip -n pod route add default via 10.244.9.1
      echo 1 >/proc/sys/net/ipv4/ip_forward
      iptables -w -t nat -A POSTROUTING -s 10.244.9.0/24 -j MASQUERADE`);
    const connect = (to: string) => `timeout 1 bash -c 'exec 3<>/dev/tcp/${to}/8099'`;
    const reaches = (to: string) =>
      [connect(to), `ip netns exec pod ${connect(to)}`].map((c) => machine.ssh(c).code === 0);
    expect(reaches(lan.lab)).toEqual([true, true]);
    expect(reaches(metadata)).toEqual([true, false]);
    const rules = "iptables -w -t raw -S PREROUTING | grep -c 169.254 || true";
    // With another network than flannel's nobody knows the pods' interface.
    const rename = (from: string, to: string) =>
      machine.must(`ip link set ${from} down; ip link set ${from} name ${to}; ip link set ${to} up`);
    rename("mynet", "own0");
    expect(reaches(metadata)).toEqual([true, true]);
    switchTo("guardedElsewhere");
    expect(reaches(metadata)).toEqual([true, false]);
    expect(machine.must(rules)).toBe("1");
    rename("own0", "mynet");
    switchTo("guarded");
    expect(machine.must(`systemctl reload firewall; ${rules}`)).toBe("1");
    expect(reaches(metadata)).toEqual([true, false]);
    expect(machine.must(`systemctl stop firewall; ${rules}`)).toBe("0");
    expect(reaches(metadata)).toEqual([true, true]);
  });
});
