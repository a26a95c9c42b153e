import { DhcpServer } from "./state";

/** A DHCP server as `list dhcpservers` shows it. */
export const describeDhcpServer = (server: DhcpServer) => `NetworkName:    ${server.network}
Dhcpd IP:       ${server.address}
LowerIPAddress: ${server.lower}
UpperIPAddress: ${server.upper}
NetworkMask:    ${server.netmask}
Enabled:        ${server.enabled ? "Yes" : "No"}
Global Configuration:
    minLeaseTime:     default
    defaultLeaseTime: default
    maxLeaseTime:     default
    Forced options:   None
    Suppressed opts.: None
        1/legacy: ${server.netmask}
Groups:               None
Individual Configs:   None

`;
