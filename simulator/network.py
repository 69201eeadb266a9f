# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network of a host as values: how it leaves the installer here, and the fields that follow from the others.

Everything derived (computed policies, which port groups hang on a switch, which adapters may carry a service) is made
by :func:`settle` and nowhere else, so it cannot disagree with what it derives from.
"""

from __future__ import annotations

from functools import lru_cache

from .sdk import DataObject, Value, build, properties, vim
from .values import replace, same

NIC_TYPES = (
    "vmotion",
    "faultToleranceLogging",
    "vSphereReplication",
    "vSphereReplicationNFC",
    "management",
    "vsan",
    "vSphereProvisioning",
    "vsanWitness",
    "vSphereBackupNFC",
    "ptp",
    "nvmeTcp",
    "nvmeRdma",
)
PORTS = 1536


@lru_cache(maxsize=1)
def default_policy() -> Value:
    """The policy a virtual switch has where nothing else is said; names no uplinks."""
    kinds = vim.host.NetworkPolicy
    return build(
        kinds,
        security=build(kinds.SecurityPolicy, allowPromiscuous=False, macChanges=True, forgedTransmits=True),
        nicTeaming=build(
            kinds.NicTeamingPolicy,
            policy="loadbalance_srcid",
            reversePolicy=True,
            notifySwitches=True,
            rollingOrder=False,
            failureCriteria=build(
                kinds.NicFailureCriteria,
                checkSpeed="minimum",
                speed=10,
                checkDuplex=False,
                fullDuplex=False,
                checkErrorPercent=False,
                percentage=0,
                checkBeacon=False,
            ),
        ),
        offloadPolicy=build(vim.host.NetOffloadCapabilities, csumOffload=True, tcpSegmentation=True, zeroCopyXmit=True),
        shapingPolicy=build(kinds.TrafficShapingPolicy, enabled=False),
    )


@lru_cache(maxsize=4096)
def inherit(own: Value, above: Value) -> Value:
    """Policy ``own`` with every unset field taken from ``above``, all the way down; an order of uplinks is taken whole.

    Values are immutable, so the answer is kept: hosts that share a policy share what follows from it.
    """
    return _inherit(own, above)


def _inherit(own: Value, above: Value) -> Value:
    if own is None or (isinstance(own, list) and not own):
        return above
    if above is None or not isinstance(own, DataObject) or isinstance(own, vim.host.NetworkPolicy.NicOrderPolicy):
        return own
    merged = {name: _inherit(own.__dict__[name], above.__dict__.get(name)) for name in properties(type(own))}
    return replace(own, **merged)


def empty_policy() -> Value:
    """A port group's policy that overrides nothing."""
    kinds = vim.host.NetworkPolicy
    return build(
        kinds,
        security=build(kinds.SecurityPolicy),
        nicTeaming=build(kinds.NicTeamingPolicy, failureCriteria=build(kinds.NicFailureCriteria)),
        offloadPolicy=build(vim.host.NetOffloadCapabilities),
        shapingPolicy=build(kinds.TrafficShapingPolicy),
    )


def switch_key(name: str) -> str:
    """The key of a virtual switch."""
    return f"key-vim.host.VirtualSwitch-{name}"


def group_key(name: str) -> str:
    """The key of a port group."""
    return f"key-vim.host.PortGroup-{name}"


def nic_key(device: str) -> str:
    """The key of a VMkernel adapter."""
    return f"key-vim.host.VirtualNic-{device}"


def pnic_key(device: str) -> str:
    """The key of a physical adapter."""
    return f"key-vim.host.PhysicalNic-{device}"


def switch(name: str, spec: Value) -> Value:
    """A virtual switch with ``spec``; what follows from other values is left to :func:`settle`."""
    ports = spec.numPorts or PORTS
    return build(
        vim.host.VirtualSwitch,
        name=name,
        key=switch_key(name),
        numPorts=ports,
        numPortsAvailable=ports,
        mtu=spec.mtu or 1500,
        spec=spec,
    )


def switch_spec(uplinks: list[str], policy: Value = None) -> Value:
    """The specification of a switch with these uplinks, all active."""
    whole = inherit(policy, default_policy())
    order = build(vim.host.NetworkPolicy.NicOrderPolicy, activeNic=uplinks)
    if whole.nicTeaming.nicOrder is None:
        whole = replace(whole, nicTeaming=replace(whole.nicTeaming, nicOrder=order))
    bridge = None
    if uplinks:
        bridge = build(
            vim.host.VirtualSwitch.BondBridge,
            nicDevice=uplinks,
            beacon=build(vim.host.VirtualSwitch.BeaconConfig, interval=1),
            linkDiscoveryProtocolConfig=build(vim.host.LinkDiscoveryProtocolConfig, protocol="cdp", operation="listen"),
        )
    return build(vim.host.VirtualSwitch.Specification, numPorts=128, bridge=bridge, policy=whole, mtu=1500)


def port_group(spec: Value) -> Value:
    """A port group with ``spec``; what follows from other values is left to :func:`settle`."""
    return build(
        vim.host.PortGroup,
        key=group_key(spec.name),
        vswitch=switch_key(spec.vswitchName),
        computedPolicy=spec.policy,
        spec=spec,
    )


def group_spec(name: str, vswitch: str, vlan: int) -> Value:
    """The specification of a port group that overrides nothing."""
    return build(vim.host.PortGroup.Specification, name=name, vlanId=vlan, vswitchName=vswitch, policy=empty_policy())


def settle(network: Value) -> Value:
    """``network`` with its derived fields made anew. What does not change stays the same object."""
    switches = {item.name: item for item in network.vswitch}
    groups = [_settle_group(item, switches, network.vnic) for item in network.portgroup]
    settled = [_settle_switch(item, groups) for item in network.vswitch]
    vswitch, portgroup = _keep(network.vswitch, settled), _keep(network.portgroup, groups)
    if vswitch is network.vswitch and portgroup is network.portgroup:
        return network
    return replace(network, vswitch=vswitch, portgroup=portgroup)


def _keep(array: Value, items: list[Value]) -> Value:
    unchanged = len(array) == len(items) and all(a is b for a, b in zip(array, items, strict=True))
    return array if unchanged else type(array)(items)


def _settle_group(item: Value, switches: dict[str, Value], vnics: Value) -> Value:
    above = switches.get(item.spec.vswitchName)
    policy = inherit(item.spec.policy, above.spec.policy if above else None)
    ports = [
        build(vim.host.PortGroup.Port, key=f"port-{nic.device}", mac=[nic.spec.mac], type="host")
        for nic in vnics
        if nic.portgroup == item.spec.name
    ]
    made = replace(
        item,
        key=group_key(item.spec.name),
        vswitch=switch_key(item.spec.vswitchName),
        computedPolicy=policy,
        port=ports,
    )
    return item if same(made, item) else made


def _settle_switch(item: Value, groups: list[Value]) -> Value:
    uplinks = list(item.spec.bridge.nicDevice) if item.spec.bridge is not None else []
    made = replace(
        item,
        portgroup=[group.key for group in groups if group.spec.vswitchName == item.name],
        pnic=[pnic_key(device) for device in uplinks],
        mtu=item.spec.mtu or item.mtu,
    )
    return item if same(made, item) else made


def vnic(device: str, group: str, address: str, mac: str) -> Value:
    """A VMkernel adapter."""
    spec = build(
        vim.host.VirtualNic.Specification,
        ip=build(vim.host.IpConfig, dhcp=False, ipAddress=address, subnetMask="255.255.0.0"),
        mac=mac,
        portgroup=group,
        mtu=1500,
        tsoEnabled=True,
        netStackInstanceKey="defaultTcpipStack",
    )
    return build(vim.host.VirtualNic, device=device, key=nic_key(device), portgroup=group, spec=spec)


def pnic(device: str, slot: int, mac: str) -> Value:
    """A physical adapter, 10 Gb/s."""
    speed = build(vim.host.PhysicalNic.LinkSpeedDuplex, speedMb=10000, duplex=True)
    return build(
        vim.host.PhysicalNic,
        key=pnic_key(device),
        device=device,
        pci=f"0000:{slot:02x}:00.0",
        driver="practice",
        linkSpeed=speed,
        spec=build(vim.host.PhysicalNic.Specification, linkSpeed=speed),
        wakeOnLanSupported=False,
        mac=mac,
        autoNegotiateSupported=True,
    )


def nic_manager_info(vnics: Value, selected: dict[str, list[str]]) -> Value:
    """Which VMkernel adapter carries which service: every adapter is a candidate for every service."""
    configs = []
    for nic_type in NIC_TYPES:
        candidates = [replace(nic, key=f"{nic_type}.{nic.key}") for nic in vnics]
        chosen = [nic.key for nic in candidates if nic.device in selected.get(nic_type, [])]
        configs.append(
            build(
                vim.host.VirtualNicManager.NetConfig,
                nicType=nic_type,
                multiSelectAllowed=True,
                candidateVnic=candidates,
                selectedVnic=chosen,
            )
        )
    return build(vim.host.VirtualNicManagerInfo, netConfig=configs)


def selected_nics(info: Value) -> dict[str, list[str]]:
    """NIC type -> names of the VMkernel adapters that carry it."""
    return {
        config.nicType: [nic.device for nic in config.candidateVnic if nic.key in config.selectedVnic]
        for config in info.netConfig
    }


@lru_cache(maxsize=1)
def _shipped_groups() -> tuple[Value, Value]:
    specs = [
        group_spec("Management Network", "vSwitch0", 0),
        group_spec("VM Network", "vSwitch0", 0),
        group_spec("vMotion", "vSwitch1", 20),
        group_spec("Storage", "vSwitch1", 30),
        group_spec("Guests", "vSwitch1", 40),
    ]
    uplinks = {"vSwitch0": ["vmnic0", "vmnic1"], "vSwitch1": ["vmnic2", "vmnic3"]}
    switches = [switch(name, switch_spec(devices)) for name, devices in uplinks.items()]
    return vim.host.VirtualSwitch.Array(switches), vim.host.PortGroup.Array([port_group(spec) for spec in specs])


def shipped(number: int, name: str) -> Value:
    """The network of host ``number``: two switches, five port groups, three VMkernel and four physical adapters."""
    high, low = divmod(number, 250)
    tail = f"{high}.{low + 1}"
    octets = f"{(number >> 8) & 255:02x}:{number & 255:02x}"
    switches, groups = _shipped_groups()
    nics = [("vmk0", "Management Network", 10), ("vmk1", "vMotion", 20), ("vmk2", "Storage", 30)]
    label, _dot, domain = name.partition(".")
    return settle(
        build(
            vim.host.NetworkInfo,
            vswitch=switches,
            portgroup=groups,
            pnic=[pnic(f"vmnic{i}", 16 + i, f"02:00:{i:02x}:01:{octets}") for i in range(4)],
            vnic=[vnic(d, g, f"10.{net}.{tail}", f"02:50:56:{net:02x}:{octets}") for d, g, net in nics],
            dnsConfig=build(vim.host.DnsConfig, dhcp=False, hostName=label, domainName=domain, address=["10.10.255.1"]),
            ipRouteConfig=build(vim.host.IpRouteConfig, defaultGateway="10.10.255.254"),
            ipV6Enabled=False,
            atBootIpV6Enabled=False,
        )
    )
