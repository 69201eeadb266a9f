# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""HostServiceSystem: start, stop and start-up policy of a host's services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..managed import HostManager, operation
from ..sdk import Value, fault, invalid_argument, vim
from ..values import replace

if TYPE_CHECKING:
    from ..world import Caller


class ServiceSystem(HostManager):
    """Required services cannot be stopped; a change of the start-up policy starts and stops nothing."""

    kind = "HostServiceSystem"

    def prop_serviceInfo(self, caller: Caller) -> Value:
        return self.host.told(caller, manager=True).service

    def _find(self, key: str) -> tuple[int, Value]:
        for index, item in enumerate(self.host.config.service.service):
            if item.key == key:
                return index, item
        raise fault("NotFound", f"The object or item referred to could not be found: service {key}")

    def _store(self, index: int, item: Value) -> None:
        self.host.change_item("service", "service", index, item)

    @operation
    def StartService(self, _caller: Caller, id: str) -> None:
        self.reach()
        index, item = self._find(id)
        if item.running:
            raise fault("InvalidState", f"The service {id} is already running.")
        self._store(index, replace(item, running=True))

    @operation
    def StopService(self, _caller: Caller, id: str) -> None:
        self.reach()
        index, item = self._find(id)
        if item.required:
            raise fault("HostConfigFault", f"The service {id} is required and cannot be stopped.")
        if not item.running:
            raise fault("InvalidState", f"The service {id} is not running.")
        self._store(index, replace(item, running=False))

    @operation
    def RestartService(self, _caller: Caller, id: str) -> None:
        self.reach()
        _at, item = self._find(id)
        if not item.running:
            raise fault("InvalidState", f"The service {id} is not running.")

    @operation
    def UpdateServicePolicy(self, _caller: Caller, id: str, policy: str) -> None:
        self.reach()
        index, item = self._find(id)
        if policy not in vim.host.Service.Policy.values:
            raise invalid_argument("policy", f"{policy} is not on, automatic or off")
        if item.required and policy == "off":
            raise fault("HostConfigFault", f"The service {id} is required and cannot be disabled.")
        self._store(index, replace(item, policy=policy))

    @operation
    def RefreshServices(self, _caller: Caller) -> None:
        self.reach()
        self.host.refreshed("service")
