# Copyright (c) 2026 Dejima contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet in one read: hosts, groups, and the posture that the workers inherit."""

from __future__ import annotations

DOCUMENTATION = r"""
name: vsphere
short_description: ESX hosts of a vCenter, with their posture read along
version_added: 0.1.0
author:
  - Dejima contributors (@dejima-hypervisor)
description:
  - Signs in once, reads every ESX host in pages of a hundred, and groups the hosts by datacenter, cluster, version
    and connection state.
  - What the controls of a profile look at is read in the same requests. An audit of these hosts, or hardening those
    that already comply, then costs no request at all.
  - The hosts get C(ansible_connection=local) as a group variable, because their API is used and not their shell. Set
    another one in group_vars to run through a jump host.
options:
  plugin:
    description: Marks the file as one for this plugin.
    required: true
    choices: [dejima.hypervisor.vsphere, vsphere]
  datacenters:
    description: Only hosts in these datacenters. If not given, all.
    type: list
    elements: str
    default: []
  clusters:
    description: Only hosts in these clusters. If not given, all, standalone hosts included.
    type: list
    elements: str
    default: []
  profile:
    description:
      - Profile whose controls are read along. A task that asks for another profile reads what is missing once more.
      - Empty reads no posture.
    type: str
    default: management_plane
  site:
    description:
      - Site values, where those in group_vars beside the source do not tell what the play will look at, such as
        C(open_rulesets). Only decides what is read along; the values that count are the play's.
    type: dict
    default: {}
extends_documentation_fragment:
  - dejima.hypervisor._connection
  - constructed
"""

EXAMPLES = r"""
# inventory/mine/vcenter.vsphere.yml
# User and password from VMWARE_USER and VMWARE_PASSWORD, or from a vault.
plugin: dejima.hypervisor.vsphere
hostname: vcenter.example.org

---
# Two clusters only, and groups of one's own
plugin: dejima.hypervisor.vsphere
hostname: vcenter.example.org
clusters: [prod-a, prod-b]
groups:
  old: dejima_version is version('8.0', '<')
"""

import dataclasses
import sys
import typing as t
from pathlib import Path

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Constructable
from ansible.plugins.loader import vars_loader

from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.run import (
    Desired,
    HypervisorError,
    Needs,
    needs_of,
)
from ansible_collections.dejima.hypervisor.plugins.module_utils._vsphere.driver import RESOURCES, Endpoint, Fleet
from ansible_collections.dejima.hypervisor.plugins.plugin_utils import fleets
from ansible_collections.dejima.hypervisor.plugins.plugin_utils.catalogue import CatalogueError, load

CONNECTION = ("hostname", "username", "password", "port", "validate_certs", "ca_file", "thumbprint")
SUFFIXES = ("vsphere.yml", "vsphere.yaml")


class InventoryModule(BaseInventoryPlugin, Constructable):
    """Reads the fleet and leaves it where the workers inherit it."""

    NAME = "dejima.hypervisor.vsphere"

    def verify_file(self, path: str) -> bool:
        """Only files that end in vsphere.yml."""
        return bool(super().verify_file(path)) and path.endswith(SUFFIXES)

    def parse(self, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:
        """One source: one endpoint."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        options = {name: self._value(name) for name in CONNECTION}
        if not options["hostname"]:
            raise AnsibleParserError(f"{path}: no server was named. Set hostname:, or VMWARE_HOST in the environment.")
        endpoint = Endpoint.from_params(options)
        try:
            held = fleets.read_fleet(endpoint, self._needs(path))
            fleets.hold(held)  # whatever happens now, the session is logged out of at the end
            held = self._narrowed(held)
            fleets.hold(held)
            self._populate(held)
        except (HypervisorError, CatalogueError) as error:
            raise AnsibleParserError(f"{path}: {error}") from None

    def _value(self, name: str) -> t.Any:
        """An option, templated, so that a vault or a lookup may give it."""
        value = self.get_option(name)
        if isinstance(value, str) and self.templar.is_template(value):
            value = self.templar.template(value)
        return value

    def _needs(self, path: str) -> Needs:
        """What the controls will look at that the play is likely to ask for."""
        profile = self.get_option("profile")
        if not profile:
            return Needs()
        try:
            rows = self._rows(path)
        except CatalogueError:  # the play will say it, where its user can mend it
            rows = load().resolve(profile, site=self.get_option("site"))
        # What a control would look at if the site's value were given is read along, unless that is all of its kind.
        likely = [{**row, "manual": ""} for row in rows if not row.get("manual") or "*" not in row["keys"]]
        return needs_of(RESOURCES, [Desired.from_row(row) for row in likely])

    def _rows(self, path: str) -> list[dict[str, t.Any]]:
        """The rows as the group variables beside the source ask for them; templates in those are not looked through."""
        plugin = vars_loader.get("ansible.builtin.host_group_vars")
        given = plugin.get_vars(self.loader, str(Path(path).parent), [self.inventory.groups["all"]])
        site = given.get("site")
        site = dict(site) if isinstance(site, dict) else {}
        if "management_gates" in given:
            site["management_gates"] = given["management_gates"]
        site.update(self.get_option("site"))
        values = given.get("values")
        return load().resolve(
            str(given.get("profile") or self.get_option("profile")),
            values=values if isinstance(values, dict) else None,
            site=site,
        )

    def _populate(self, held: fleets.Held) -> None:
        self.inventory.add_group("esx")
        self.inventory.set_variable("esx", "ansible_connection", "local")
        self.inventory.set_variable("esx", "ansible_python_interpreter", sys.executable)
        strict = self.get_option("strict")
        for ref, snapshot in held.fleet.snapshots.items():
            target, place = snapshot.target, held.fleet.places[ref]
            self._refuse_double(held, target.name)
            self.inventory.add_host(target.name, group="esx")
            variables = {
                "dejima_endpoint": held.endpoint.where,
                "dejima_moid": target.ref,
                "dejima_version": target.version,
                "dejima_connection_state": target.state,
                "dejima_datacenter": place.datacenter,
                "dejima_cluster": place.cluster,
            }
            for name, value in variables.items():
                self.inventory.set_variable(target.name, name, value)
            for group in (place.datacenter, place.cluster, f"version_{target.version}", target.state):
                if group:
                    self.inventory.add_child(self._group(group), target.name)
            self._set_composite_vars(self.get_option("compose"), variables, target.name, strict=strict)
            self._add_host_to_composed_groups(self.get_option("groups"), variables, target.name, strict=strict)
            self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, target.name, strict=strict)

    def _refuse_double(self, held: fleets.Held, name: str) -> None:
        """Two hosts of one name would be one host in the inventory, silently: in this fleet or in another source's."""
        held.fleet.named(name)
        other = fleets.held_with(name)
        if other is not None and other.endpoint.key != held.endpoint.key and name in self.inventory.hosts:
            raise AnsibleParserError(
                f"{name} is a host of {other.endpoint.where} and of {held.endpoint.where}. "
                "Narrow one of the sources with datacenters: or clusters:, or rename one of the hosts."
            )

    def _group(self, name: str) -> str:
        return str(self.inventory.add_group(self._sanitize_group_name(name)))

    def _narrowed(self, held: fleets.Held) -> fleets.Held:
        """Only the hosts that were asked for: the others are neither in the inventory nor in anybody's way."""
        chosen = self._chosen(held.fleet)
        snapshots = {ref: held.fleet.snapshots[ref] for ref in chosen}
        places = {ref: held.fleet.places[ref] for ref in chosen}
        return dataclasses.replace(held, fleet=Fleet(snapshots, places))

    def _chosen(self, fleet: Fleet) -> list[str]:
        places = fleet.places
        for option, field in (("datacenters", "datacenter"), ("clusters", "cluster")):
            known = {getattr(place, field) for place in places.values()} - {""}
            unknown = sorted(set(self.get_option(option)) - known)
            if unknown:
                raise AnsibleParserError(
                    f"There is no {field} {', '.join(unknown)}. Known: {', '.join(sorted(known)) or 'none'}."
                )
        datacenters, clusters = self.get_option("datacenters"), self.get_option("clusters")
        return [
            ref
            for ref, place in sorted(places.items(), key=lambda item: fleet.snapshots[item[0]].target.name)
            if (not datacenters or place.datacenter in datacenters) and (not clusters or place.cluster in clusters)
        ]
