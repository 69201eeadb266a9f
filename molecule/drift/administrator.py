# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens one host by hand, as an administrator in a hurry would: plain pyVmomi, nothing of this collection."""

from __future__ import annotations

import json
import os
import ssl
import sys
from pathlib import Path

from pyVim.connect import Disconnect, SmartConnect
from pyVmomi import vim

PRACTICE = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"], "practice")


def open_up(host: vim.HostSystem) -> None:
    """Five things, each the business of one control."""
    managers = host.configManager
    managers.serviceSystem.UpdateServicePolicy(id="TSM-SSH", policy="on")
    managers.serviceSystem.StartService(id="TSM-SSH")

    everyone = vim.host.Ruleset.RulesetSpec(allowedHosts=vim.host.Ruleset.IpList(allIp=True))
    managers.firewallSystem.UpdateRuleset(id="sshServer", spec=everyone)

    option = vim.option.OptionValue(key="UserVars.ESXiShellTimeOut", value=0)
    # The host declares a long; a plain 0 travels as an int, and the host refuses it.
    option.value = type(next(item.value for item in host.config.option if item.key == option.key))(0)
    managers.advancedOption.UpdateOptions(changedValue=[option])

    spec = next(item.spec for item in host.config.network.portgroup if item.spec.name == "Guests")
    spec.policy.security = vim.host.NetworkPolicy.SecurityPolicy(macChanges=True)
    managers.networkSystem.UpdatePortGroup(pgName="Guests", portgrp=spec)

    managers.virtualNicManager.SelectVnicForNicType(nicType="vmotion", device="vmk0")


def main() -> None:
    """The host's name is the argument."""
    endpoint = json.loads((PRACTICE / "endpoint.json").read_text("utf-8"))
    session = SmartConnect(
        host=endpoint["host"],
        port=endpoint["port"],
        user=endpoint["username"],
        pwd=(PRACTICE / "password").read_text("utf-8"),
        sslContext=ssl.create_default_context(cafile=endpoint["certificate"]),
    )
    try:
        content = session.RetrieveContent()
        view = content.viewManager.CreateContainerView(content.rootFolder, [vim.HostSystem], True)
        open_up(next(host for host in view.view if host.name == sys.argv[1]))
    finally:
        Disconnect(session)


if __name__ == "__main__":
    main()
