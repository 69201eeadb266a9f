# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Profiles become rows: what the engine is handed, for every operator and every way to give or withhold a value."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.dejima.hypervisor.plugins.plugin_utils import catalogue as module
from ansible_collections.dejima.hypervisor.plugins.plugin_utils.catalogue import Catalogue
from tests.catalogue.conftest import WriteProfile

ROW_KEYS = {
    "control",
    "title",
    "asks",
    "severity",
    "wall",
    "resource",
    "keys",
    "want",
    "when_absent",
    "applies_to",
    "ids",
    "risk",
}


def _row(catalogue: Catalogue, control: str, **given: Any) -> dict[str, Any]:
    (row,) = catalogue.resolve("management_plane", controls=[control], **given)
    return row


def test_a_row_carries_the_whole_control_with_its_guide_ids(catalogue: Catalogue) -> None:
    row = _row(catalogue, "esx.shell-timeout")
    assert set(row) == ROW_KEYS
    assert row["keys"] == ["UserVars.ESXiShellTimeOut"]
    assert row["want"] == {"value": {"op": "between", "value": [1, 600], "set": 600}}
    assert row["applies_to"] == {"product": "esx", "version": ">=5.0"}
    assert row["ids"] == {
        "scg_8": ["esxi-8.shell-timeout"],
        "scg_9_0": ["esx-9.shell-timeout"],
        "scg_9_1": ["esx-9.shell-timeout"],
        "stig_8": ["ESXI-80-000195"],
        "stig_9": ["VCFE-9X-000200"],
    }


def test_rows_are_plain_json_in_the_order_of_the_profile(catalogue: Catalogue, site: dict[str, Any]) -> None:
    rows = catalogue.resolve("management_plane", site=site)
    assert json.loads(json.dumps(rows)) == rows
    assert [row["control"] for row in rows] == list(catalogue.profile("management_plane").controls)


def test_a_site_that_has_decided_everything_leaves_nothing_manual(catalogue: Catalogue, site: dict[str, Any]) -> None:
    rows = catalogue.resolve("management_plane", site=site)
    assert [row["control"] for row in rows if "manual" in row] == []
    assert all(row["keys"] and row["want"] for row in rows)


def test_a_site_that_has_decided_nothing_is_told_every_value_by_name(catalogue: Catalogue) -> None:
    manual = {row["control"]: row["manual"] for row in catalogue.resolve("management_plane") if "manual" in row}
    assert {control: told.split(":")[0] for control, told in manual.items()} == {
        "esx.dcui-service": "set site.dcui_policy",
        "esx.welcome-message": "set site.banner",
        "esx.etc-issue": "set site.banner",
        "esx.firewall-allowed-ips": "set site.management_networks",
        "esx.firewall-ruleset-state": "set site.open_rulesets",
        "vss-portgroup.vlan-native": "set site.untagged_port_groups",
        "esx.vmk-management": "set site.management_adapters",
        "esx.vmk-vmotion": "set site.management_adapters",
        "esx.vmk-fault-tolerance": "set site.management_adapters",
        "esx.vmk-storage": "set site.management_adapters",
    }
    assert manual["esx.welcome-message"] == "set site.banner: the notice people read before they log in"


def test_a_site_value_given_as_null_counts_as_not_given(catalogue: Catalogue) -> None:
    assert "manual" in _row(catalogue, "esx.welcome-message", site={"banner": None})


def test_changing_a_row_does_not_change_the_catalogue(catalogue: Catalogue, site: dict[str, Any]) -> None:
    before = copy.deepcopy(catalogue.resolve("management_plane", site=site))
    for row in catalogue.resolve("management_plane", site=site):
        row["keys"].append("x")
        row["ids"]["stig_8"].append("x")
        row["risk"].clear()
        for want in row["want"].values():
            want.clear()
    assert catalogue.resolve("management_plane", site=site) == before


def test_the_catalogue_is_read_once_per_process(catalogue: Catalogue) -> None:
    assert module.load() is catalogue
    assert module.load(catalogue.root) is catalogue


def test_the_loader_needs_neither_pyvmomi_nor_ansible_nor_jsonschema(root: Path) -> None:
    program = (
        "import sys; from ansible_collections.dejima.hypervisor.plugins.plugin_utils.catalogue import load\n"
        "load().resolve('management_plane')\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'pyVmomi', 'ansible', 'jsonschema'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(root / ".collections")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


# Walls and controls


@pytest.mark.parametrize("wall", ["management_services", "management_firewall", "management_network"])
def test_a_wall_gets_its_own_controls_only(catalogue: Catalogue, wall: str) -> None:
    rows = catalogue.resolve("management_plane", wall=wall)
    assert rows
    assert {row["wall"] for row in rows} == {wall}


def test_the_walls_together_hold_every_control_once(catalogue: Catalogue) -> None:
    walls = [row["control"] for wall in module.WALLS for row in catalogue.resolve("management_plane", wall=wall)]
    assert sorted(walls) == sorted(catalogue.profile("management_plane").controls)


def test_named_controls_come_in_the_order_of_the_profile(catalogue: Catalogue) -> None:
    rows = catalogue.resolve("management_plane", controls=["esx.shell-timeout", "esx.ssh-service"])
    assert [row["control"] for row in rows] == ["esx.ssh-service", "esx.shell-timeout"]


# Site values in rows


def test_the_gates_addresses_are_the_management_networks_when_none_are_given(
    catalogue: Catalogue, site: dict[str, Any]
) -> None:
    row = _row(catalogue, "esx.firewall-allowed-ips", site=site)
    assert row["keys"] == ["sshServer", "vSphereClient"]
    assert row["want"] == {
        "all_ip": {"op": "equals", "value": False},
        "allowed": {"op": "equals", "value": ["192.0.2.5", "192.0.2.16/28", "2001:db8::7"]},
    }


def test_given_management_networks_win_over_the_gates(catalogue: Catalogue, site: dict[str, Any]) -> None:
    row = _row(catalogue, "esx.firewall-allowed-ips", site=site | {"management_networks": ["198.51.100.0/24"]})
    assert row["want"]["allowed"]["value"] == ["198.51.100.0/24"]


def test_addresses_come_out_canonical_and_in_order(catalogue: Catalogue) -> None:
    written = ["2001:DB8:0:0::/64", "203.0.113.9/32", "10.0.0.0/255.255.255.0", "10.0.0.5/32"]
    row = _row(catalogue, "esx.firewall-allowed-ips", site={"management_networks": written})
    assert row["want"]["allowed"]["value"] == ["10.0.0.0/24", "10.0.0.5", "203.0.113.9", "2001:db8::/64"]


def test_the_site_names_the_management_rulesets(catalogue: Catalogue, site: dict[str, Any]) -> None:
    row = _row(catalogue, "esx.firewall-allowed-ips", site=site | {"management_rulesets": ["vSphereClient"]})
    assert row["keys"] == ["vSphereClient"]


def test_closing_rulesets_leaves_out_the_sites_own_and_the_way_in(catalogue: Catalogue) -> None:
    row = _row(catalogue, "esx.firewall-ruleset-state", site={"open_rulesets": ["dns", "sshServer"]})
    assert row["keys"] == ["*"]
    assert row["except"] == ["dns", "sshServer", "vSphereClient"]
    assert row["where"] == {"required": False, "user_controllable": True}
    assert row["want"] == {"enabled": {"op": "equals", "value": False}}


def test_no_open_rulesets_is_an_answer_and_not_a_missing_value(catalogue: Catalogue) -> None:
    row = _row(catalogue, "esx.firewall-ruleset-state", site={"open_rulesets": []})
    assert "manual" not in row
    assert row["except"] == ["sshServer", "vSphereClient"]


def test_a_given_management_vlan_is_wanted_exactly_and_written(catalogue: Catalogue) -> None:
    row = _row(catalogue, "vss-portgroup.vlan", site={"management_vlan": 110})
    assert row["keys"] == ["@management"]
    assert row["want"] == {
        "vlan_id": {"op": "equals", "value": 110},
        "vlan_shared_with": {"op": "empty", "value": True},
    }


def test_without_a_management_vlan_any_own_vlan_will_do_and_nothing_is_written(catalogue: Catalogue) -> None:
    row = _row(catalogue, "vss-portgroup.vlan", site={"native_vlans": [99]})
    assert "manual" not in row
    assert row["want"]["vlan_id"] == {"op": "not_in", "value": [0, 4095, 99]}


def test_a_vlan_given_as_text_is_a_number_since_extra_variables_arrive_so(catalogue: Catalogue) -> None:
    row = _row(catalogue, "vss-portgroup.vlan", site={"management_vlan": "110"})
    assert row["want"]["vlan_id"]["value"] == 110


def test_a_spliced_site_value_leaves_no_double(catalogue: Catalogue) -> None:
    row = _row(catalogue, "vss-portgroup.vlan-native", site={"untagged_port_groups": [], "native_vlans": [1, 99]})
    assert row["want"]["vlan_id"] == {"op": "not_in", "value": [0, 1, 99]}
    assert "except" not in row


def test_no_native_vlan_at_all_is_an_answer(catalogue: Catalogue) -> None:
    row = _row(catalogue, "vss-portgroup.vlan", site={"native_vlans": []})
    assert row["want"]["vlan_id"]["value"] == [0, 4095]


def test_vmkernel_services_leave_the_management_adapters(catalogue: Catalogue) -> None:
    site = {"management_adapters": ["vmk0", "vmk5"]}
    assert _row(catalogue, "esx.vmk-vmotion", site=site)["want"] == {
        "adapters": {"op": "excludes", "value": ["vmk0", "vmk5"]}
    }
    assert _row(catalogue, "esx.vmk-storage", site=site)["want"] == {
        "adapters": {"op": "excludes", "value": ["vmk0", "vmk5"]}
    }


# Operators, through a profile of one's own

OPTION_EXPECTATIONS = [
    ("{equals: 300}", {"op": "equals", "value": 300}),
    ("{equals: 300, set: null}", {"op": "equals", "value": 300, "set": None}),
    ("{not_equals: 0}", {"op": "not_equals", "value": 0}),
    ("{not_equals: 0, set: 300}", {"op": "not_equals", "value": 0, "set": 300}),
    ("{one_of: [300, 600]}", {"op": "one_of", "value": [300, 600]}),
    ("{not_in: [0, 1], set: 300}", {"op": "not_in", "value": [0, 1], "set": 300}),
    ("{between: [1, 900], set: 900}", {"op": "between", "value": [1, 900], "set": 900}),
    ("{between: [1, 900], set: null}", {"op": "between", "value": [1, 900]}),
    ("{at_least: 60, set: 60}", {"op": "at_least", "value": 60, "set": 60}),
    ("{at_most: 900}", {"op": "at_most", "value": 900}),
    ("{matches: '[1-9][0-9]*'}", {"op": "matches", "value": "[1-9][0-9]*"}),
    ("{not_empty: true}", {"op": "not_empty", "value": True}),
]
ADAPTER_EXPECTATIONS = [
    ("{equals: [vmk1]}", {"op": "equals", "value": ["vmk1"]}),
    ("{contains: [vmk1]}", {"op": "contains", "value": ["vmk1"]}),
    ("{contains: [vmk1], set: null}", {"op": "contains", "value": ["vmk1"], "set": None}),
    ("{excludes: [vmk0]}", {"op": "excludes", "value": ["vmk0"]}),
    ("{excludes: [vmk0, {site: management_adapters}]}", {"op": "excludes", "value": ["vmk0", "vmk9"]}),
    ("{subset_of: [vmk1, vmk2], set: [vmk1]}", {"op": "subset_of", "value": ["vmk1", "vmk2"], "set": ["vmk1"]}),
    ("{empty: true}", {"op": "empty", "value": True}),
    ("{not_empty: true, set: {site: management_adapters}}", {"op": "not_empty", "value": True, "set": ["vmk9"]}),
]


@pytest.mark.parametrize(("expectation", "wanted"), OPTION_EXPECTATIONS)
def test_an_expectation_on_a_value_reaches_the_row(
    catalogue: Catalogue, write_profile: WriteProfile, expectation: str, wanted: dict[str, Any]
) -> None:
    mine = write_profile(f"controls: [esx.shell-timeout]\nvalues: {{esx.shell-timeout: {{value: {expectation}}}}}")
    assert catalogue.resolve(mine)[0]["want"]["value"] == wanted


@pytest.mark.parametrize(("expectation", "wanted"), ADAPTER_EXPECTATIONS)
def test_an_expectation_on_a_list_reaches_the_row(
    catalogue: Catalogue, write_profile: WriteProfile, expectation: str, wanted: dict[str, Any]
) -> None:
    mine = write_profile(f"controls: [esx.vmk-vmotion]\nvalues: {{esx.vmk-vmotion: {{adapters: {expectation}}}}}")
    assert catalogue.resolve(mine, site={"management_adapters": ["vmk9"]})[0]["want"]["adapters"] == wanted


def test_every_operator_is_tried_above() -> None:
    tried = {wanted["op"] for _name, wanted in [*OPTION_EXPECTATIONS, *ADAPTER_EXPECTATIONS]}
    assert tried == set(module.expect.OPERATORS)


def test_a_missing_value_in_set_alone_leaves_the_field_audited_only(
    catalogue: Catalogue, write_profile: WriteProfile
) -> None:
    mine = write_profile(
        """
        controls: [vss-portgroup.vlan-vgt, esx.vmk-vmotion]
        values:
          vss-portgroup.vlan-vgt: {vlan_id: {not_equals: 4095, set: {site: management_vlan}}}
          esx.vmk-vmotion: {adapters: {contains: [vmk1], set: {site: management_adapters}}}
        """
    )
    vlan, adapters = catalogue.resolve(mine)
    assert vlan["want"]["vlan_id"] == {"op": "not_equals", "value": 4095}
    assert adapters["want"]["adapters"] == {"op": "contains", "value": ["vmk1"], "set": None}
    assert catalogue.resolve(mine, site={"management_vlan": 110})[0]["want"]["vlan_id"]["set"] == 110


# Profiles of one's own, and values


def test_a_profile_of_ones_own_adds_leaves_out_and_sets_values(
    catalogue: Catalogue, write_profile: WriteProfile
) -> None:
    write_profile("controls: [esx.shell-timeout, esx.slp-service]", "base.yml")
    mine = write_profile(
        """
        extends: base.yml
        title: Ours
        controls: ["!esx.slp-service", esx.ssh-service, esx.shell-timeout]
        values: {esx.shell-timeout: 300, esx.ssh-service: {policy: "automatic"}}
        """
    )
    rows = catalogue.resolve(mine)
    assert [row["control"] for row in rows] == ["esx.shell-timeout", "esx.ssh-service"]
    assert rows[0]["want"] == {"value": {"op": "equals", "value": 300}}
    assert rows[1]["want"] == {
        "running": {"op": "equals", "value": False},
        "policy": {"op": "equals", "value": "automatic"},
    }
    assert catalogue.profile(mine).title == "Ours"
    assert catalogue.profile(mine).id == "mine"


def test_a_shipped_profile_can_be_extended_by_name(catalogue: Catalogue, write_profile: WriteProfile) -> None:
    mine = write_profile('extends: management_plane\ncontrols: ["!esx.ntp-service"]')
    shipped = list(catalogue.profile("management_plane").controls)
    shipped.remove("esx.ntp-service")
    assert [row["control"] for row in catalogue.resolve(mine)] == shipped


def test_the_later_value_wins_field_by_field(catalogue: Catalogue, write_profile: WriteProfile) -> None:
    write_profile(
        'controls: [esx.ssh-service]\nvalues: {esx.ssh-service: {policy: "on", running: true}}',
        "base.yml",
    )
    mine = write_profile('extends: base.yml\nvalues: {esx.ssh-service: {policy: "automatic"}}')
    want = catalogue.resolve(mine, values={"esx.ssh-service": {"running": False}})[0]["want"]
    assert {name: field["value"] for name, field in want.items()} == {"policy": "automatic", "running": False}


def test_a_value_of_the_base_is_dropped_with_its_control(catalogue: Catalogue, write_profile: WriteProfile) -> None:
    write_profile("controls: [esx.shell-timeout, esx.ssh-service]\nvalues: {esx.shell-timeout: 300}", "base.yml")
    mine = write_profile('extends: base.yml\ncontrols: ["!esx.shell-timeout"]')
    assert [row["control"] for row in catalogue.resolve(mine)] == ["esx.ssh-service"]


def test_a_value_given_for_a_site_value_ends_the_waiting(catalogue: Catalogue) -> None:
    row = _row(catalogue, "esx.dcui-service", values={"esx.dcui-service": "off"})
    assert "manual" not in row
    assert row["want"] == {"policy": {"op": "equals", "value": "off"}}


def test_values_by_the_way_are_for_this_call_only(catalogue: Catalogue) -> None:
    _row(catalogue, "esx.shell-timeout", values={"esx.shell-timeout": 60})
    assert _row(catalogue, "esx.shell-timeout")["want"]["value"]["op"] == "between"


def test_addresses_given_as_a_value_are_made_canonical_too(catalogue: Catalogue) -> None:
    row = _row(
        catalogue,
        "esx.firewall-allowed-ips",
        values={"esx.firewall-allowed-ips": {"allowed": ["192.0.2.9/32", "10.0.0.0/8"]}},
    )
    assert row["want"]["allowed"] == {"op": "equals", "value": ["10.0.0.0/8", "192.0.2.9"]}
    assert "manual" not in row
