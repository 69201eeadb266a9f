# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mistakes people make in profiles, values and site values: each is one sentence with the place, and what was meant."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.dejima.hypervisor.plugins.plugin_utils.catalogue import Catalogue, CatalogueError, load
from tests.catalogue.conftest import WriteProfile


def _told(catalogue: Catalogue, profile: str = "management_plane", **given: Any) -> str:
    with pytest.raises(CatalogueError) as caught:
        catalogue.resolve(profile, **given)
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


def _gate(**change: object) -> dict[str, object]:
    gate = {"name": "jump", "addresses": ["192.0.2.16/28"], "needs": ["api"]} | change
    return {"management_gates": [{key: value for key, value in gate.items() if value is not None}]}


SITE_MISTAKES = [
    ({"baner": "x"}, "site: site value baner does not exist. Did you mean banner? Known: banner, dcui_policy, "),
    ("vmk0", 'site must be a mapping of site values, not "vmk0"'),
    ({"management_networks": "192.0.2.0/24"}, "site.management_networks must be a list; write [192.0.2.0/24]"),
    ({"management_networks": 7}, "site.management_networks must be a list such as [192.0.2.0/24], not 7"),
    (
        {"management_networks": []},
        "site.management_networks is empty: an allow-list with nobody on it locks everybody out",
    ),
    (
        {"management_networks": ["192.0.2.0/24", "192.0.2.300"]},
        'site.management_networks[1]: "192.0.2.300" is not an IP address or network; '
        "write 192.0.2.5, 192.0.2.0/24 or 2001:db8::/64",
    ),
    (
        {"management_networks": ["192.0.2.0/33"]},
        'site.management_networks[0]: "192.0.2.0/33" is not an IP address or network; ',
    ),
    (
        {"management_networks": ["jump.example.org"]},
        'site.management_networks[0]: "jump.example.org" is not an IP address or network; ',
    ),
    (
        {"management_networks": ["192.0.2.17/28"]},
        "site.management_networks[0]: 192.0.2.17/28 has host bits set; "
        "the network is 192.0.2.16/28, the one address is 192.0.2.17",
    ),
    (
        {"management_networks": ["2001:db8::1/64"]},
        "site.management_networks[0]: 2001:db8::1/64 has host bits set; "
        "the network is 2001:db8::/64, the one address is 2001:db8::1",
    ),
    (
        {"management_networks": [10]},
        'site.management_networks[0]: 10 is not an address; write "192.0.2.5" or "192.0.2.0/24"',
    ),
    (
        {"management_networks": ["0.0.0.0/0"]},
        "site.management_networks[0]: 0.0.0.0/0 admits everybody; name the networks the gates stand in",
    ),
    (
        {"management_networks": ["192.0.2.5", "192.0.2.5/32"]},
        "site.management_networks[1]: 192.0.2.5/32 says the same as 192.0.2.5; keep one",
    ),
    (
        {"management_networks": ["2001:db8::1", "2001:DB8:0::1"]},
        "site.management_networks[1]: 2001:DB8:0::1 says the same as 2001:db8::1; keep one",
    ),
    (
        {"management_networks": ["fe80::1%vmk0"]},
        "site.management_networks[0]: fe80::1%vmk0 has a zone; a host's firewall knows addresses without one",
    ),
    (
        {"management_networks": ["::"]},
        "site.management_networks[0]: :: is not an address a client can come from",
    ),
    ({"management_vlan": 4095}, "site.management_vlan must be a VLAN ID from 1 to 4094, not 4095 (4095 hands every "),
    ({"management_vlan": 0}, "site.management_vlan must be a VLAN ID from 1 to 4094, not 0 (0 is no VLAN at all)"),
    ({"management_vlan": True}, "site.management_vlan must be a VLAN ID from 1 to 4094, not true"),
    ({"management_vlan": "mgmt"}, 'site.management_vlan must be a VLAN ID from 1 to 4094, not "mgmt"'),
    ({"native_vlans": [1, 5000]}, "site.native_vlans[1] must be a VLAN ID from 1 to 4094, not 5000"),
    ({"native_vlans": [1, 1]}, "site.native_vlans[1]: 1 is listed twice"),
    (
        {"management_vlan": 99, "native_vlans": [99]},
        "site.management_vlan is 99, which site.native_vlans lists as untagged; choose another",
    ),
    ({"management_adapters": ["eth0"]}, 'site.management_adapters[0] must be a vmkernel adapter such as vmk0, not "et'),
    ({"management_adapters": "vmk0"}, "site.management_adapters must be a list; write [vmk0]"),
    (
        {"management_adapters": []},
        "site.management_adapters is empty; name at least one, or leave it out: the vmkernel",
    ),
    (
        {"management_rulesets": []},
        "site.management_rulesets is empty; name at least one, or leave it out: the firewall",
    ),
    ({"open_rulesets": [22]}, "site.open_rulesets[0] must be a name, not 22"),
    ({"banner": ""}, 'site.banner must be a text, not ""'),
    ({"dcui_policy": False}, 'site.dcui_policy: bare off is the boolean false in YAML; write "off" in quotes'),
    ({"dcui_policy": "disabled"}, 'site.dcui_policy must be "on", "off" or "automatic", not "disabled"'),
    ({"management_gates": ["192.0.2.5"]}, "site.management_gates[0] must be a gate such as {name: jump hosts, "),
    (_gate(name=None), "site.management_gates[0].name must be a name, not nothing"),
    (_gate(addresses=None), "site.management_gates[jump] has no addresses; write addresses: [192.0.2.16/28]"),
    (_gate(addresses=["192.0.2.x"]), 'site.management_gates[jump].addresses[0]: "192.0.2.x" is not an IP address'),
    (_gate(address="192.0.2.5"), "site.management_gates[0]: key address does not exist. Did you mean addresses?"),
    (
        _gate(needs=["apy"]),
        "site.management_gates[jump].needs: need apy does not exist. Did you mean api? Known: api, ",
    ),
    (
        {"management_gates": [{"name": "a", "addresses": ["192.0.2.5"]}] * 2},
        "site.management_gates[1]: a gate named a is already there",
    ),
]


@pytest.mark.parametrize(("site", "sentence"), SITE_MISTAKES, ids=[sentence[:60] for _given, sentence in SITE_MISTAKES])
def test_a_mistaken_site_value_is_told(catalogue: Catalogue, site: dict[str, Any], sentence: str) -> None:
    assert _told(catalogue, site=site).startswith(sentence)


VALUE_MISTAKES = [
    (
        {"esx.shel-timeout": 1},
        "values: control esx.shel-timeout does not exist. Did you mean esx.shell-timeout? Known: ",
    ),
    ([1], "values must map controls to values, not [1]"),
    (
        {"esx.shell-timeout": 0},
        "values.esx.shell-timeout.value: 0 breaks the control's own rule, between [1, 600]; "
        "to change the rule write it in full, such as {between: ..., set: ...}",
    ),
    ({"esx.shell-timeout": "300"}, 'values.esx.shell-timeout.value: "300" breaks the control\'s own rule'),
    ({"esx.shell-timeout": True}, "values.esx.shell-timeout.value: true breaks the control's own rule"),
    (
        {"esx.shell-timeout": None},
        "values.esx.shell-timeout.value must be a number, a text, true or false, not nothing",
    ),
    ({"esx.shell-warning": "no"}, 'values.esx.shell-warning.value takes a number such as 0, not "no"'),
    ({"esx.shell-warning": False}, "values.esx.shell-warning.value takes a number such as 0, not false"),
    (
        {"esx.ssh-service": "off"},
        "values.esx.ssh-service has the fields running, policy: say which, such as {running: ",
    ),
    ({"esx.ssh-service": {"state": 1}}, "values.esx.ssh-service: field state does not exist. Known: policy, running"),
    ({"esx.ssh-service": {"running": "no"}}, 'values.esx.ssh-service.running must be true or false, not "no"'),
    (
        {"esx.ssh-service": {"policy": False}},
        'values.esx.ssh-service.policy: bare off is the boolean false in YAML; write "off" in quotes',
    ),
    (
        {"esx.ssh-service": {"policy": {"equals": True}}},
        'values.esx.ssh-service.policy.equals: bare on is the boolean true in YAML; write "on" in quotes',
    ),
    (
        {"esx.shell-timeout": {"value": {"betwen": [1, 2]}}},
        "values.esx.shell-timeout.value: operator betwen does not exist. Did you mean between? Known: at_least, ",
    ),
    (
        {"esx.shell-timeout": {"value": {"set": 2}}},
        "values.esx.shell-timeout.value needs one operator and has none. Known: at_least, ",
    ),
    (
        {"esx.shell-timeout": {"value": {"at_least": 1, "at_most": 2}}},
        "values.esx.shell-timeout.value needs one operator and has 2: at_least, at_most. Known: ",
    ),
    (
        {"esx.shell-timeout": {"value": {"between": [600, 1]}}},
        "values.esx.shell-timeout.value.between takes two numbers, the smaller first, such as [1, 600], not [600, 1]",
    ),
    (
        {"esx.shell-timeout": {"value": {"between": [1, 900], "set": 0}}},
        "values.esx.shell-timeout.value.set: 0 would not meet between [1, 900]",
    ),
    (
        {"esx.dcui-access": {"value": {"contains": ["root"], "set": "rootless, admin"}}},
        'values.esx.dcui-access.value.set: "rootless, admin" would not meet contains ["root"]',
    ),
    (
        {"esx.dcui-access": {"value": {"matches": "root", "set": "root,admin"}}},
        'values.esx.dcui-access.value.set: "root,admin" would not meet matches "root"',
    ),
    (
        {"esx.shell-timeout": {"value": {"at_least": "1"}}},
        'values.esx.shell-timeout.value.at_least takes a number, not "1"',
    ),
    ({"esx.shell-timeout": {"value": {"not_empty": 1}}}, "values.esx.shell-timeout.value.not_empty takes true, not 1"),
    (
        {"esx.shell-timeout": {"value": {"matches": "("}}},
        'values.esx.shell-timeout.value.matches: "(" is not a regular ex',
    ),
    (
        {"esx.shell-timeout": {"value": {"one_of": []}}},
        "values.esx.shell-timeout.value.one_of is empty; name at least one",
    ),
    ({"esx.shell-timeout": {"value": {"one_of": 3}}}, "values.esx.shell-timeout.value.one_of must be a list such as "),
    (
        {"esx.dcui-access": {"value": {"equals": {"site": "baner"}}}},
        "values.esx.dcui-access.value: site value baner does not exist. Did you mean banner? Known: ",
    ),
    (
        {"esx.dcui-access": {"value": {"equals": {"site": "banner"}, "otherwise": "root"}}},
        "values.esx.dcui-access.value.otherwise must be an expectation such as {not_in: [0]}",
    ),
    (
        {"vss-portgroup.vlan-vgt": 4095},
        "values.vss-portgroup.vlan-vgt.vlan_id: 4095 breaks the control's own rule, not_eq",
    ),
    (
        {"vss-portgroup.vlan-vgt": 5000},
        "values.vss-portgroup.vlan-vgt.vlan_id must be a VLAN ID from 0 to 4095, not 5000",
    ),
    (
        {"vss-portgroup.vlan": {"vlan_id": 1}},
        "values.vss-portgroup.vlan.vlan_id: 1 breaks the control's own rule, not_in ",
    ),
    (
        {"vss-portgroup.management-vms": ["a"]},
        'values.vss-portgroup.management-vms.virtual_machines: ["a"] breaks the ',
    ),
    (
        {"esx.firewall-allowed-ips": {"allowed": ["192.0.2.1/24"]}},
        "values.esx.firewall-allowed-ips.allowed[0]: 192.0.2.1/24 has host bits set; the network is 192.0.2.0/24, ",
    ),
]


@pytest.mark.parametrize(
    ("values", "sentence"), VALUE_MISTAKES, ids=[sentence[:60] for _given, sentence in VALUE_MISTAKES]
)
def test_a_mistaken_value_is_told(catalogue: Catalogue, values: dict[str, Any], sentence: str) -> None:
    assert _told(catalogue, values=values).startswith(sentence)


def test_a_value_is_held_to_the_rule_with_the_sites_values_in_it(catalogue: Catalogue) -> None:
    values = {"esx.vmk-vmotion": ["vmk0", "vmk1"]}
    assert _told(catalogue, values=values, site={"management_adapters": ["vmk0"]}).startswith(
        'values.esx.vmk-vmotion.adapters: ["vmk0", "vmk1"] breaks the control\'s own rule, excludes ["vmk0"]; '
    )
    rows = catalogue.resolve("management_plane", controls=["esx.vmk-vmotion"], values=values)
    assert rows[0]["want"]["adapters"]["value"] == ["vmk0", "vmk1"]


PROFILE_MISTAKES = [
    (
        "extends: managment_plane",
        "profile mine.yml: profile managment_plane does not exist. Did you mean management_plane?",
    ),
    (
        "extends: management_plane\nvalue: {}",
        "profile mine.yml: key value does not exist. Did you mean values? Known: ",
    ),
    ("extends: 7", "profile mine.yml: extends must be a text, not 7"),
    ("title: ours", "profile mine.yml names no controls; add controls: [...] or extends: management_plane"),
    (
        "controls: [esx.ssh-servce]",
        "profile mine.yml: control esx.ssh-servce does not exist. Did you mean esx.ssh-service?",
    ),
    ("controls: esx.ssh-service", "profile mine.yml: controls must be a list; write [esx.ssh-service]"),
    ("controls: [{esx.ssh-service: 1}]", "profile mine.yml: controls[0] must be a control, not {esx.ssh-service: 1}"),
    (
        "controls: [esx.ssh-service, esx.ssh-service]",
        "profile mine.yml: control esx.ssh-service is listed twice",
    ),
    (
        'controls: [esx.ssh-service, "!esx.ntp-service"]',
        'profile mine.yml: "!esx.ntp-service" leaves out a control that is not there',
    ),
    ('controls: [esx.ssh-service, "!esx.ssh-service"]', "profile mine.yml leaves no control at all"),
    (
        "controls: [esx.ssh-service]\nvalues: {esx.shell-timeout: 300}",
        "profile mine.yml: values has esx.shell-timeout, which is not one of the profile's controls",
    ),
    (
        "controls: [esx.shell-timeout]\nvalues: {esx.shell-timeout: 0}",
        "profile mine.yml: values.esx.shell-timeout.value: 0 breaks the control's own rule",
    ),
    ("controls: [esx.ssh-service]\nvalues: 3", "profile mine.yml: values must map controls to values, not 3"),
]


@pytest.mark.parametrize(
    ("text", "sentence"), PROFILE_MISTAKES, ids=[sentence[:60] for _given, sentence in PROFILE_MISTAKES]
)
def test_a_mistaken_profile_is_told(
    catalogue: Catalogue, write_profile: WriteProfile, text: str, sentence: str
) -> None:
    assert _told(catalogue, write_profile(text)).startswith(sentence)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "extends: management_plane\ncontrols: [!esx.ntp-service]",
            ", line 2: !esx.ntp-service without quotes is a YAML",
        ),
        ("extends: management_plane\nextends: mine", ", line 2: extends is written twice"),
        ("controls: [esx.ssh-service", ", line 2: not YAML: "),
        ("- esx.ssh-service", ": a mapping was expected, such as 'extends: management_plane'"),
        (
            "extends: management_plane\ncontrols:\n  - !esx.ntp-service",
            ", line 3: !esx.ntp-service without quotes is a YAML",
        ),
        ("off: [esx.ssh-service]", ": false is not a name"),
    ],
)
def test_a_file_that_is_not_a_profile_is_told_with_its_line(
    catalogue: Catalogue, write_profile: WriteProfile, text: str, sentence: str
) -> None:
    path = write_profile(text)
    assert _told(catalogue, path).startswith(f"{path}{sentence}")


def test_an_unknown_profile_is_told_with_the_known_ones(catalogue: Catalogue) -> None:
    assert _told(catalogue, "managment_plane") == (
        "profile managment_plane does not exist. Did you mean management_plane? Known: management_plane"
    )


def test_a_profile_file_that_is_not_there_is_told_with_its_whole_path(catalogue: Catalogue, tmp_path: Path) -> None:
    missing = tmp_path / "none.yml"
    assert _told(catalogue, str(missing)) == f"profile file {missing} does not exist"


def test_profiles_that_extend_each_other_are_told(catalogue: Catalogue, write_profile: WriteProfile) -> None:
    write_profile("extends: c.yml", "b.yml")
    write_profile("extends: b.yml", "c.yml")
    mine = write_profile("extends: b.yml", "a.yml")
    assert _told(catalogue, mine) == "profile a.yml extends itself: b.yml -> c.yml -> b.yml"


def test_a_mistake_in_the_base_is_told_with_the_bases_name(catalogue: Catalogue, write_profile: WriteProfile) -> None:
    write_profile("controls: [esx.nothing]", "base.yml")
    assert _told(catalogue, write_profile("extends: base.yml")).startswith("profile base.yml: control esx.nothing ")


def test_an_unknown_wall_or_control_is_told(catalogue: Catalogue, write_profile: WriteProfile) -> None:
    assert _told(catalogue, wall="management_firewal").startswith(
        "wall management_firewal does not exist. Did you mean management_firewall? Known: "
    )
    assert _told(catalogue, controls=["esx.sh"]).startswith("control esx.sh does not exist.")
    mine = write_profile("controls: [esx.ssh-service]")
    assert _told(catalogue, mine, controls=["esx.ntp-service"]) == "control esx.ntp-service is not in profile mine"


# A damaged catalogue


def test_a_folder_that_is_no_catalogue_is_told(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="is not a catalogue: it has no site.yml"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("file", "change", "sentence"),
    [
        (
            "controls/esx/ssh-service.yml",
            ("id: esx.ssh", "id: esx.shh"),
            "id must be esx.ssh-service, as the path says",
        ),
        (
            "controls/esx/ssh-service.yml",
            ('equals: "off"', "equals: off"),
            "want.policy.equals: bare off is the boolean",
        ),
        ("controls/esx/ssh-service.yml", ("running:", "runing:"), "field runing does not exist. Did you mean running?"),
        ("controls/esx/ssh-service.yml", ("resource: service", "resource: servis"), "resource servis does not exist."),
        ("controls/esx/ssh-service.yml", ("severity:", "severety:"), "severety"),
        (
            "mappings/stig_8.yml",
            ("[esx.ssh-service]", "[esx.ssh]"),
            "mapping stig_8: ESXI-80-000193: control esx.ssh does",
        ),
    ],
)
def test_a_damaged_catalogue_is_told_with_its_file(
    catalogue: Catalogue, tmp_path: Path, file: str, change: tuple[str, str], sentence: str
) -> None:
    copy = tmp_path / "catalogue"
    shutil.copytree(catalogue.root, copy)
    text = (copy / file).read_text(encoding="utf-8")
    assert text.count(change[0]) == 1
    (copy / file).write_text(text.replace(*change), encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        load(copy)
    assert sentence in str(caught.value)
    assert Path(file).stem in str(caught.value)
