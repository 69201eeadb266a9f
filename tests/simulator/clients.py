# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients for the tests: stock pyVmomi, and raw SOAP for what pyVmomi would not send."""

from __future__ import annotations

import http.client
import re
import ssl
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

from pyVim.connect import SmartConnect
from pyVmomi import vim, vmodl

from simulator import PracticeVsphere

Spec = vmodl.query.PropertyCollector
_ENVELOPE = (
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    "<soapenv:Body>{}</soapenv:Body></soapenv:Envelope>"
)


def trust(sim: PracticeVsphere) -> ssl.SSLContext:
    """A context that trusts this practice vSphere and checks its name."""
    return ssl.create_default_context(cafile=str(sim.certificate))


def connect(sim: PracticeVsphere, user: str | None = None, password: str | None = None) -> Any:
    """A session of stock pyVmomi."""
    return SmartConnect(
        host=sim.address,
        port=sim.port,
        user=user or sim.username,
        pwd=password or sim.password,
        sslContext=trust(sim),
    )


@dataclass
class Raw:
    """Raw SOAP over one connection; keeps the session cookie."""

    sim: PracticeVsphere
    action: str = '"urn:vim25/8.0.3.0"'
    cookie: str = ""
    last: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPSConnection(
            self.sim.address, self.sim.port, context=trust(self.sim), timeout=10
        )

    def post(self, body: str | bytes, path: str = "/sdk", **headers: str) -> tuple[int, str]:
        """Sends a whole HTTP body; status and answer."""
        sent = {"SOAPAction": self.action, "Content-Type": "text/xml", **headers}
        if self.cookie:
            sent["Cookie"] = self.cookie
        data = body.encode() if isinstance(body, str) else body
        self.connection.request("POST", path, data, sent)
        response = self.connection.getresponse()
        self.last = dict(response.getheaders())
        if "Set-Cookie" in self.last:
            self.cookie = self.last["Set-Cookie"].partition(";")[0]
        return response.status, response.read().decode()

    def call(self, inner: str) -> tuple[int, str]:
        """Sends what belongs into the SOAP body."""
        return self.post(_ENVELOPE.format(inner))

    def login(self) -> None:
        """Opens a session."""
        inner = (
            '<Login xmlns="urn:vim25"><_this type="SessionManager">SessionManager</_this>'
            f"<userName>{self.sim.username}</userName><password>{escape(self.sim.password)}</password></Login>"
        )
        status, answer = self.call(inner)
        assert status == 200, answer


def fault_of(answer: str) -> str:
    """The name of the fault element in an answer, as in ``InvalidRequestFault``."""
    found = re.search(r"<detail><(\w+)", answer)
    return found.group(1) if found else ""


def host_view(si: Any) -> Any:
    """A container view of all hosts."""
    content = si.RetrieveContent()
    return content.viewManager.CreateContainerView(content.rootFolder, [vim.HostSystem], True)


def host_filter(view: Any, paths: list[str], kind: Any = vim.HostSystem) -> Any:
    """A filter for ``paths`` of everything in a view."""
    traversal = Spec.TraversalSpec(name="view", type=vim.view.ContainerView, path="view", skip=False)
    return Spec.FilterSpec(
        propSet=[Spec.PropertySpec(type=kind, pathSet=paths)],
        objectSet=[Spec.ObjectSpec(obj=view, skip=True, selectSet=[traversal])],
    )


def retrieve(si: Any, paths: list[str]) -> list[dict[str, Any]]:
    """``paths`` of every host, as dictionaries without what is unset."""
    collector = si.RetrieveContent().propertyCollector
    answer = collector.RetrievePropertiesEx([host_filter(host_view(si), paths)], Spec.RetrieveOptions())
    return [{item.name: item.val for item in found.propSet} for found in answer.objects]


def one(si: Any, path: str) -> Any:
    """One path of the first host, None if it is absent."""
    return retrieve(si, [path])[0].get(path)
