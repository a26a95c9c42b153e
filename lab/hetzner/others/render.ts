import { findLocation } from "../catalogue/locations";
import { loadBalancerType } from "../catalogue/prices";
import { Other, OtherKind } from "../state";

/** Objects that nothing was done with since they were made: no volume is attached, no load balancer balances. */
const RENDER: Record<OtherKind, (other: Other) => object> = {
  volumes: (volume) => ({
    location: findLocation(volume.location),
    server: null,
    size: 10,
    linux_device: `/dev/disk/by-id/scsi-0HC_Volume_${volume.id}`,
    protection: { delete: false },
    status: "available",
    format: null,
  }),
  floating_ips: (floatingIp) => ({
    home_location: findLocation(floatingIp.location),
    description: null,
    type: "ipv4",
    ip: "203.0.113.1",
    server: null,
    dns_ptr: [],
    blocked: false,
    protection: { delete: false },
  }),
  load_balancers: (balancer) => ({
    location: findLocation(balancer.location),
    load_balancer_type: loadBalancerType(),
    public_net: { enabled: true, ipv4: { ip: null, dns_ptr: null }, ipv6: { ip: null, dns_ptr: null } },
    private_net: [],
    protection: { delete: false },
    algorithm: { type: "round_robin" },
    services: [],
    targets: [],
    included_traffic: 0,
    ingoing_traffic: null,
    outgoing_traffic: null,
  }),
  certificates: () => ({
    type: "uploaded",
    certificate: null,
    fingerprint: null,
    not_valid_before: null,
    not_valid_after: null,
    domain_names: [],
    status: null,
    used_by: [],
  }),
};

export const renderOther = (other: Other) => ({
  id: other.id,
  name: other.name,
  labels: other.labels,
  created: other.created,
  ...RENDER[other.kind](other),
});
