# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Site values: what an installation says about itself (gates, networks, VLAN, banner), checked and made canonical."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.dejima.hypervisor.plugins.plugin_utils._catalogue_text import CatalogueError, shown, unknown

POLICIES = ("on", "off", "automatic")
_ADAPTER = re.compile(r"vmk\d+")
_A_GATE = "{name: jump hosts, addresses: [192.0.2.16/28], needs: [api, console]}"
_GATE_KEYS = ("addresses", "name", "needs")


@dataclass(frozen=True)
class SiteValue:
    """One declared site value, as catalogue/site.yml has it."""

    name: str
    type: str
    description: str
    default: Any = None
    may_be_empty: bool = False
    choices: tuple[str, ...] = ()


def network(value: object, place: str) -> str:
    """Return an address or network in canonical text: a host without /32 or /128, IPv6 compressed.

    Raises CatalogueError for anything that is neither, has host bits set, or would admit everybody.
    """
    if not isinstance(value, str):
        raise CatalogueError(f'{place}: {shown(value)} is not an address; write "192.0.2.5" or "192.0.2.0/24"')
    try:
        found = ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise CatalogueError(
            f"{place}: {shown(value)} is not an IP address or network; write 192.0.2.5, 192.0.2.0/24 or 2001:db8::/64"
        ) from None
    if getattr(found.network_address, "scope_id", None):
        raise CatalogueError(f"{place}: {value} has a zone; a host's firewall knows addresses without one")
    if found.prefixlen == 0:
        raise CatalogueError(f"{place}: {value} admits everybody; name the networks the gates stand in")
    if found.network_address.is_unspecified or found.network_address.is_multicast:
        raise CatalogueError(f"{place}: {value} is not an address a client can come from")
    host = value.partition("/")[0]
    if ipaddress.ip_address(host) != found.network_address:
        raise CatalogueError(
            f"{place}: {value} has host bits set; the network is {found.with_prefixlen}, the one address is {host}"
        )
    return str(found.network_address) if found.prefixlen == found.max_prefixlen else found.with_prefixlen


def in_order(networks: Iterable[str]) -> list[str]:
    """Return canonical networks without doubles, IPv4 first, by address: one order for every diff and report."""
    found = {ipaddress.ip_network(item): item for item in networks}
    return [found[n] for n in sorted(found, key=lambda n: (n.version, int(n.network_address), n.prefixlen))]


def networks(value: object, place: str) -> list[str]:
    """Return a list of canonical networks, in order; refuses an empty list and two entries that mean the same."""
    items = sequence(value, place, "192.0.2.0/24")
    if not items:
        raise CatalogueError(f"{place} is empty: an allow-list with nobody on it locks everybody out")
    seen: dict[str, object] = {}
    for index, item in enumerate(items):
        canonical = network(item, f"{place}[{index}]")
        if canonical in seen:
            raise CatalogueError(f"{place}[{index}]: {item} says the same as {seen[canonical]}; keep one")
        seen[canonical] = item
    return in_order(seen)


def sequence(value: object, place: str, example: str) -> list[Any]:
    """Return `value` if it is a list; else say how to write one."""
    if isinstance(value, str):
        raise CatalogueError(f"{place} must be a list; write [{value}]")
    if not isinstance(value, list | tuple):
        raise CatalogueError(f"{place} must be a list such as [{example}], not {shown(value)}")
    return list(value)


def policy(value: object, place: str) -> str:
    """Return a startup policy; explains the bare `off` that YAML reads as a boolean."""
    if isinstance(value, bool):
        word = "on" if value else "off"
        raise CatalogueError(f'{place}: bare {word} is the boolean {shown(value)} in YAML; write "{word}" in quotes')
    if not isinstance(value, str) or value not in POLICIES:
        raise CatalogueError(f'{place} must be "on", "off" or "automatic", not {shown(value)}')
    return str(value)


def text(value: object, place: str) -> str:
    """Return a text with something in it."""
    if not isinstance(value, str) or not value.strip():
        raise CatalogueError(f"{place} must be a text, not {shown(value)}")
    return str(value)


def vlan(value: object, place: str) -> int:
    """Return a VLAN ID of 1 to 4094; a number written as text is taken, since extra variables arrive so."""
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise CatalogueError(f"{place} must be a VLAN ID from 1 to 4094, not {shown(value)}")
    if not 1 <= value <= 4094:
        meaning = {0: " (0 is no VLAN at all)", 4095: " (4095 hands every VLAN to the guest)"}.get(value, "")
        raise CatalogueError(f"{place} must be a VLAN ID from 1 to 4094, not {value}{meaning}")
    return int(value)


def _name(value: object, place: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise CatalogueError(f"{place} must be a name, not {shown(value)}")
    return str(value)


def _adapter(value: object, place: str) -> str:
    if not isinstance(value, str) or not _ADAPTER.fullmatch(value):
        raise CatalogueError(f"{place} must be a vmkernel adapter such as vmk0, not {shown(value)}")
    return str(value)


def _listed(item: Callable[[object, str], Any], example: str) -> Callable[[object, str], list[Any]]:
    def check(value: object, place: str) -> list[Any]:
        found: list[Any] = []
        for index, entry in enumerate(sequence(value, place, example)):
            canonical = item(entry, f"{place}[{index}]")
            if canonical in found:
                raise CatalogueError(f"{place}[{index}]: {canonical} is listed twice")
            found.append(canonical)
        return found

    return check


def _gates(value: object, place: str, needs: tuple[str, ...]) -> list[dict[str, Any]]:
    gates: list[dict[str, Any]] = []
    for index, entry in enumerate(sequence(value, place, _A_GATE)):
        if not isinstance(entry, Mapping):
            raise CatalogueError(f"{place}[{index}] must be a gate such as {_A_GATE}, not {shown(entry)}")
        for key in entry:
            if key not in _GATE_KEYS:
                raise unknown("key", key, _GATE_KEYS, f"{place}[{index}]")
        name = _name(entry.get("name"), f"{place}[{index}].name")
        here = f"{place}[{name}]"
        if name in (gate["name"] for gate in gates):
            raise CatalogueError(f"{place}[{index}]: a gate named {name} is already there")
        if "addresses" not in entry:
            raise CatalogueError(f"{here} has no addresses; write addresses: [192.0.2.16/28]")
        wanted = _listed(_name, "api")(entry.get("needs", []), f"{here}.needs")
        for need in wanted:
            if need not in needs:
                raise unknown("need", need, needs, f"{here}.needs")
        gates.append({"name": name, "addresses": networks(entry["addresses"], f"{here}.addresses"), "needs": wanted})
    return gates


names = _listed(_name, "sshServer")
_CHECKS: dict[str, Callable[[object, str], Any]] = {
    "adapters": _listed(_adapter, "vmk0"),
    "names": names,
    "networks": networks,
    "policy": policy,
    "text": text,
    "vlan": vlan,
    "vlans": _listed(vlan, "1"),
}
TYPES = ("gates", *_CHECKS)


def _checked(declared: SiteValue, value: object) -> object:
    place = f"site.{declared.name}"
    if declared.type == "gates":
        checked: object = _gates(value, place, declared.choices)
    else:
        checked = _CHECKS[declared.type](value, place)
    if isinstance(checked, list) and not checked and not declared.may_be_empty:
        raise CatalogueError(f"{place} is empty; name at least one, or leave it out: {declared.description}")
    return checked


def settle(declared: Mapping[str, SiteValue], given: Mapping[str, object] | None) -> dict[str, Any]:
    """Return every site value that is known: given, else default, else derived from the gates.

    A value given as null counts as not given. Raises CatalogueError for the first mistake, naming its place.
    """
    if given is not None and not isinstance(given, Mapping):
        raise CatalogueError(f"site must be a mapping of site values, not {shown(given)}")
    known: dict[str, Any] = {}
    for name in given or {}:
        if name not in declared:
            raise unknown("site value", name, declared, "site")
    for name, value in declared.items():
        chosen = (given or {}).get(name)
        chosen = value.default if chosen is None else chosen
        if chosen is not None:
            known[name] = _checked(value, chosen)
    if "management_networks" not in known and "management_gates" in known:
        known["management_networks"] = in_order(
            item for gate in known["management_gates"] for item in gate["addresses"]
        )
    vlan_id = known.get("management_vlan")
    if vlan_id in known.get("native_vlans", []):
        raise CatalogueError(
            f"site.management_vlan is {vlan_id}, which site.native_vlans lists as untagged; choose another"
        )
    return known
