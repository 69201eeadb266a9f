# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Other eyes: every scenario is verified over a pyVmomi session of its own, without anything that hardened it.

`esx` is a testinfra backend: its hosts are all that the practice vSphere has, whatever any inventory says, and a test
that takes the fixture `esx` (or testinfra's `host`) runs once for each. molecule/resources/create.yml left in
molecule's directory where the practice vSphere answers and the password, which appears in no test's name or output.
"""

from __future__ import annotations

import functools
import http.client
import json
import os
import ssl
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, NoReturn

import pytest
import testinfra.backend
import yaml
from pyVim.connect import Disconnect, SmartConnect
from pyVmomi import vim
from testinfra.backend.base import BaseBackend
from testinfra.host import Host

POLICY = Path(__file__).parent / "resources" / "group_vars" / "all" / "policy.yml"
Network = IPv4Network | IPv6Network


def left(name: str) -> Path:
    """A file that an earlier step of the scenario left."""
    return Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"], name)


@functools.cache
def _practice() -> dict[str, Any]:
    return dict(json.loads(left("practice/endpoint.json").read_text("utf-8")))


@functools.cache
def _session() -> vim.ServiceInstance:
    practice = _practice()
    return SmartConnect(
        host=practice["host"],
        port=practice["port"],
        user=practice["username"],
        pwd=left("practice/password").read_text("utf-8"),
        sslContext=ssl.create_default_context(cafile=practice["certificate"]),
    )


@functools.cache
def _systems() -> dict[str, vim.HostSystem]:
    content = _session().RetrieveContent()
    view = content.viewManager.CreateContainerView(content.rootFolder, [vim.HostSystem], True)
    found = {system.name: system for system in view.view}
    assert len(found) == len(view.view) == _practice()["hosts"]
    view.Destroy()
    return found


def pytest_unconfigure() -> None:
    """Log out of the session, if there was one."""
    if _session.cache_info().currsize:
        Disconnect(_session())


class EsxBackend(BaseBackend):
    """Hosts of the practice vSphere for testinfra. There is no shell on them, and nothing here wants one."""

    NAME = "esx"

    @classmethod
    def get_hosts(cls, host: str, **_options: Any) -> list[str]:
        """`all`, or one by name."""
        return sorted(_systems()) if host == "all" else [host]

    def run(self, _command: str, *_args: str, **_options: Any) -> NoReturn:
        """No commands: the API tells all."""
        raise RuntimeError(f"{self.hostname} is looked at over the API; use the fixture esx")


# By name, as testinfra has it; pytest has registered this file under that name.
testinfra.backend.BACKENDS["esx"] = f"{__name__}.{EsxBackend.__name__}"


class Esx:
    """What one host's configuration says now. Read once, when first asked; nothing is ever written."""

    def __init__(self, system: vim.HostSystem) -> None:
        self.name = str(system.name)
        self.connected = str(system.runtime.connectionState) == "connected"
        self._system = system

    @functools.cached_property
    def config(self) -> vim.host.ConfigInfo:
        """The whole host.config."""
        return self._system.config

    def service(self, key: str) -> tuple[bool, str]:
        """(running, start-up policy)."""
        item = next(item for item in self.config.service.service if item.key == key)
        return item.running, item.policy

    @property
    def rulesets(self) -> dict[str, vim.host.Ruleset]:
        """All firewall rulesets by key."""
        return {item.key: item for item in self.config.firewall.ruleset}

    def admitted(self, ruleset: str) -> set[Network]:
        """The networks that may pass a ruleset: 0.0.0.0/0 when it asks nobody, none when it is closed."""
        item = self.rulesets[ruleset]
        if not item.enabled:
            return set()
        if item.allowedHosts.allIp:
            return {ip_network("0.0.0.0/0")}
        networks = [f"{item.network}/{item.prefixLength}" for item in item.allowedHosts.ipNetwork]
        return {ip_network(text) for text in (*item.allowedHosts.ipAddress, *networks)}

    def option(self, key: str) -> Any:
        """The value of an advanced option."""
        return next(item.value for item in self.config.option if item.key == key)

    def option_type(self, key: str) -> type:
        """The type the host declares for it."""
        return type(next(item.optionType.defaultValue for item in self.config.optionDef if item.key == key))

    @property
    def effective(self) -> dict[str, vim.host.NetworkPolicy.SecurityPolicy]:
        """The security policy in force on each switch and port group, inherited or not."""
        switches = {item.name: item.spec.policy.security for item in self.config.network.vswitch}
        groups = {item.spec.name: item.computedPolicy.security for item in self.config.network.portgroup}
        return switches | groups

    @property
    def vlans(self) -> dict[str, int]:
        """The VLAN of each port group."""
        return {item.spec.name: item.spec.vlanId for item in self.config.network.portgroup}

    def behind(self, device: str) -> str:
        """The port group a vmkernel adapter hangs on."""
        return next(str(item.portgroup) for item in self.config.network.vnic if item.device == device)

    def adapters(self, service: str) -> list[str]:
        """The vmkernel adapters that carry a service, such as management."""
        info = next(item for item in self.config.virtualNicManagerInfo.netConfig if item.nicType == service)
        chosen = set(info.selectedVnic)
        return [item.device for item in info.candidateVnic if item.key in chosen]

    @property
    def managers(self) -> set[str]:
        """The ids of the objects a change of this host would be asked of."""
        references = vars(self._system.configManager).values()
        return {item._moId for item in references if isinstance(item, vim.ManagedObject)}


@pytest.fixture(scope="module")
def esx(host: Host) -> Esx:
    """One host after the other."""
    return Esx(_systems()[host.backend.get_hostname()])


@pytest.fixture(scope="session")
def everyone() -> list[Esx]:
    """All hosts at once."""
    return [Esx(system) for _name, system in sorted(_systems().items())]


@pytest.fixture(scope="session")
def gates() -> set[Network]:
    """What the site lets in."""
    declared = yaml.safe_load(POLICY.read_text("utf-8"))["management_gates"]
    return {ip_network(address) for gate in declared for address in gate["addresses"]}


@pytest.fixture(scope="session")
def site() -> dict[str, Any]:
    """What else the site has decided."""
    return dict(yaml.safe_load(POLICY.read_text("utf-8"))["site"])


class Ledger:
    """The practice vSphere's own books: its state, and every call that reached it."""

    def read(self, path: str) -> bytes:
        """An answer of the admin endpoint, byte for byte."""
        connection = http.client.HTTPConnection(_practice()["admin_url"].removeprefix("http://"), timeout=30)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            assert answer.status == 200
            return answer.read()
        finally:
            connection.close()

    def calls(self) -> list[dict[str, str]]:
        """method, moid, user, source and at of each call."""
        return list(json.loads(self.read("/calls")))


@pytest.fixture(scope="session")
def ledger() -> Ledger:
    """The practice vSphere's own books."""
    return Ledger()


@pytest.fixture(scope="session")
def changes() -> dict[str, list[dict[str, Any]]]:
    """What the last playbook says it changed, or would: host to changes."""
    return dict(json.loads(left("changes.json").read_text("utf-8")))
