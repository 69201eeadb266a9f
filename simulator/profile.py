# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host as it leaves the installer: the parts of its configuration, built from ``profiles/<product>.json``.

Every host of a profile shares these values; what a host changes, it copies. The data was read off one real host and
carries names, types, defaults, limits and flags; the values of most text options were not in it (see README).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from .sdk import Long, Value, build, vim

_OPTION_TYPES = {"l": vim.option.LongOption, "i": vim.option.IntOption, "b": vim.option.BoolOption}


@dataclass(frozen=True)
class Profile:
    """The shared parts of a host of one product version."""

    version: str
    product: Value
    service: Value
    firewall: Value
    option: Value
    option_def: Value
    managers: dict[str, str]


@lru_cache(maxsize=8)
def load(name: str = "esxi-8.0.3") -> Profile:
    """The profile of that name."""
    text = resources.files("simulator").joinpath("profiles", f"{name}.json").read_text(encoding="utf-8")
    data = json.loads(text)
    return Profile(
        version=data["version"],
        product=about(data),
        service=build(vim.host.ServiceInfo, service=[_service(row) for row in data["services"]]),
        firewall=build(
            vim.host.FirewallInfo,
            defaultPolicy=build(vim.host.FirewallInfo.DefaultPolicy, **data["defaultPolicy"]),
            ruleset=[_ruleset(row) for row in data["rulesets"]],
        ),
        option=vim.option.OptionValue.Array([_option(row) for row in data["options"]]),
        option_def=vim.option.OptionDef.Array([_option_def(row) for row in data["options"] if row[3] is not None]),
        managers=data["managers"],
    )


def about(data: dict[str, str]) -> Value:
    """vim.AboutInfo of an ESX host."""
    version, number = data["version"], data["build"]
    return build(
        vim.AboutInfo,
        name="VMware ESXi",
        fullName=f"VMware ESXi {version} build-{number}",
        vendor="VMware, Inc.",
        version=version,
        build=number,
        localeVersion="INTL",
        localeBuild="000",
        osType="vmnix-x86",
        productLineId=data["productLineId"],
        apiType="HostAgent",
        apiVersion=data["apiVersion"],
        licenseProductName="VMware ESX Server",
        licenseProductVersion="8.0",
    )


def _service(row: dict[str, Value]) -> Value:
    package = build(
        vim.host.Service.SourcePackage,
        sourcePackageName=row["sourcePackage"],
        description=f"Package {row['sourcePackage']}",
    )
    return build(vim.host.Service, **{**row, "sourcePackage": package})


def _ruleset(row: dict[str, Value]) -> Value:
    rules = row.pop("rules")
    kinds = vim.host.Ruleset.Rule
    row["rule"] = [
        build(
            kinds,
            port=port,
            endPort=end,
            direction=kinds.Direction(direction),
            portType=kinds.PortType(port_type),
            protocol=protocol,
        )
        for port, end, direction, port_type, protocol in rules
    ]
    row["allowedHosts"] = build(vim.host.Ruleset.IpList, allIp=True)
    return build(vim.host.Ruleset, **row)


def _option(row: list[Value]) -> Value:
    key, kind, value, _limits = row
    return build(vim.option.OptionValue, key=key, value=Long(value) if kind == "l" else value)


def _option_def(row: list[Value]) -> Value:
    key, kind, _value, limits = row
    readonly = bool(limits.get("readonly", False))
    if "choices" in limits:
        choices = [build(vim.ElementDescription, key=c, label=c, summary=c) for c in limits["choices"]]
        option_type = build(vim.option.ChoiceOption, valueIsReadonly=readonly, choiceInfo=choices, defaultIndex=0)
    elif kind == "s":
        option_type = build(vim.option.StringOption, valueIsReadonly=readonly, defaultValue=limits["default"])
    elif kind == "b":
        default = limits["default"]
        option_type = build(vim.option.BoolOption, valueIsReadonly=readonly, supported=True, defaultValue=default)
    else:
        cast = Long if kind == "l" else int
        option_type = build(
            _OPTION_TYPES[kind],
            valueIsReadonly=readonly,
            min=cast(limits["min"]),
            max=cast(limits["max"]),
            defaultValue=cast(limits["default"]),
        )
    return build(vim.option.OptionDef, key=key, label=key, summary=key, optionType=option_type)
