# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the vCenter port serves: ``/sdk`` and the list of API versions."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie

from .dispatch import Dispatcher
from .mishaps import Unavailable
from .sdk import NAMESPACE, served_versions, version_id
from .server import HttpRequest, HttpResponse

_XML = "text/xml; charset=utf-8"
COOKIE = "vmware_soap_session"


class Front:
    """The HTTP application in front of the dispatcher."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self.dispatcher = dispatcher
        self.world = dispatcher.world

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with self.world.lock:
            self.world.http_requests += 1
        path = request.path.partition("?")[0].rstrip("/")
        if request.method in ("GET", "HEAD"):
            return self._get(path, request.method == "HEAD")
        if request.method != "POST":
            return HttpResponse(405, headers={"Allow": "GET, HEAD, POST"})
        if path not in ("/sdk", "/sdk/vimService"):
            return HttpResponse(404)
        return self._post(request)

    def _get(self, path: str, head: bool) -> HttpResponse:
        if path != "/sdk/vimServiceVersions.xml":
            return HttpResponse(404)
        return HttpResponse(200, b"" if head else versions_xml().encode(), _XML)

    def _post(self, request: HttpRequest) -> HttpResponse:
        action = request.headers.get("soapaction", "")
        cookie = session_cookie(request.headers.get("cookie", ""))
        agent = request.headers.get("user-agent", "")
        source = self.world.client_address or request.source
        try:
            answer = self.dispatcher.handle(request.body, action, cookie, source, agent)
        except Unavailable:
            return HttpResponse(503, b"Service Unavailable")
        headers = {}
        if answer.session is not None:
            headers["Set-Cookie"] = f'{COOKIE}="{answer.session.key}"; Path=/; HttpOnly; Secure; '
        return HttpResponse(answer.status, answer.body, _XML, headers)


def session_cookie(header: str) -> str:
    """The session key in a Cookie header, "" if there is none."""
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found is not None else ""


def versions_xml() -> str:
    """``vimServiceVersions.xml``: the newest version, then every older one."""
    newest, *prior = (version_id(version) for version in served_versions())
    older = "".join(f"   <version>{text}</version>\n" for text in prior)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<namespaces version="1.0">\n <namespace>\n'
        f"  <name>{NAMESPACE}</name>\n  <version>{newest}</version>\n  <priorVersions>\n{older}  </priorVersions>\n"
        " </namespace>\n</namespaces>\n"
    )
