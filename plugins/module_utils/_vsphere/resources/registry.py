# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""All resources of the vSphere driver. Imported by name: a module that travels brings what it is seen to import."""

from __future__ import annotations

import typing as t

from ..._engine.driver import Resource
from .firewall import Firewall, FirewallPolicy
from .options import Options
from .port_groups import PortGroups
from .services import Services
from .vmkernel import VmkernelServices
from .vswitches import VSwitches

RESOURCES: t.Final[t.Mapping[str, Resource]] = {
    resource.name: resource
    for resource in (
        Services(),
        Options(),
        Firewall(),
        FirewallPolicy(),
        VSwitches(),
        PortGroups(),
        VmkernelServices(),
    )
}
"""By name. The safe order of writing is each resource's ``order``."""
