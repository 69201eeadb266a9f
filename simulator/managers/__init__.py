# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The managers of a host that are simulated, by their name in vim.host.ConfigManager. One class each."""

from __future__ import annotations

from ..managed import HostManager
from .firewall import FirewallSystem
from .networks import NetworkSystem
from .nics import VirtualNicManager
from .options import OptionManager
from .services import ServiceSystem

SIMULATED: dict[str, type[HostManager]] = {
    "serviceSystem": ServiceSystem,
    "firewallSystem": FirewallSystem,
    "advancedOption": OptionManager,
    "networkSystem": NetworkSystem,
    "virtualNicManager": VirtualNicManager,
}
