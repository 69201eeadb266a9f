# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The admin endpoint: the state to look at and to change by hand, as JSON over plain HTTP on its own loopback port."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from .saved import parse
from .sdk import Value
from .server import LOOPBACK, HttpRequest, HttpResponse

if TYPE_CHECKING:
    from .practice import PracticeVsphere


class Admin:
    """The HTTP application of the admin endpoint."""

    def __init__(self, practice: PracticeVsphere) -> None:
        self.practice = practice

    def __call__(self, request: HttpRequest) -> HttpResponse:
        host = request.headers.get("host", "").partition(":")[0]
        if host not in (LOOPBACK, "localhost"):
            return _json(403, {"error": "ask for 127.0.0.1 or localhost"})
        path, _mark, query = request.path.partition("?")
        if "origin" in request.headers:
            return _json(403, {"error": "not for pages of other sites"})
        try:
            if request.method == "GET":
                return self._get(path, query)
            if request.method == "POST":
                return self._post(path, request.body)
            if request.method == "DELETE" and path.startswith("/faults"):
                return self._delete(path)
        except (LookupError, ValueError, TypeError) as error:
            return _json(400, {"error": str(error)})
        return _json(405, {"error": "GET or POST; DELETE for /faults"})

    def _get(self, path: str, query: str) -> HttpResponse:
        if path == "/state":
            return HttpResponse(200, self.practice.dump().encode(), "application/json")
        if path == "/faults":
            return _json(200, {"faults": self.practice.faults})
        if path == "/calls":
            return _json(200, [{**vars(call), "at": call.at.isoformat()} for call in self.practice.calls])
        if path == "/counters":
            return _json(200, self.practice.counters())
        if path == "/saved":
            return HttpResponse(200, self.practice.saved(_asked(query, "name")).encode(), "application/json")
        if path == "/diff":
            name = _asked(query, "against") or ""
            return _json(200, {"against": name, "differences": [vars(item) for item in self.practice.diff(name)]})
        return _json(404, {"error": f"nothing at {path}: /state, /saved, /diff, /calls, /counters, /faults"})

    def _post(self, path: str, body: bytes) -> HttpResponse:
        order: dict[str, Value] = json.loads(body or b"{}")
        if not isinstance(order, dict):
            raise ValueError("a JSON object is needed")
        if path == "/set":
            _only(order, "host", "path", "value")
            self.practice.host(order["host"]).set(order["path"], order["value"])
        elif path == "/fail":
            self.practice.fail_next(**order)
        elif path == "/faults":
            return _json(200, {"ids": self._order(order)})
        elif path == "/save":
            self.practice.keep(_name(order))
        elif path == "/restore":
            self._restore(order)
        elif path == "/reset-counters":
            self.practice.reset_counters()
        else:
            return _json(404, {"error": f"nothing at {path}: /set, /save, /restore, /fail, /faults, /reset-counters"})
        return _json(200, {})

    def _restore(self, order: dict[str, Value]) -> None:
        """A state kept by ``/save``, or what ``GET /saved`` gave."""
        if "state" not in order:
            return self.practice.restore(_name(order))
        _only(order, "state")
        return self.practice.put_back(parse(json.dumps(order["state"])))

    def _order(self, order: dict[str, Value]) -> list[int]:
        """One rule, or several in a list called ``faults``."""
        if "faults" not in order:
            return self.practice.add_faults([order])
        _only(order, "faults")
        if not isinstance(order["faults"], list):
            raise ValueError("faults is a list of rules")
        return self.practice.add_faults(order["faults"])

    def _delete(self, path: str) -> HttpResponse:
        number = path.removeprefix("/faults").removeprefix("/")
        if number and not number.isdecimal():
            return _json(404, {"error": f"nothing at {path}: /faults or /faults/<id>"})
        self.practice.clear_faults(int(number) if number else None)
        return _json(200, {})


def _name(order: dict[str, Value]) -> str:
    if set(order) - {"name"} or not isinstance(order.get("name", ""), str):
        raise ValueError("needed: name, a text, or nothing")
    return str(order.get("name", ""))


def _asked(query: str, name: str) -> str | None:
    """What a query says of ``name``; ValueError if it asks for anything else."""
    asked = parse_qs(query, keep_blank_values=True)
    if set(asked) - {name}:
        raise ValueError(f"unknown: {', '.join(sorted(set(asked) - {name}))}; there is {name}")
    return asked[name][-1] if name in asked else None


def _only(order: dict[str, Value], *names: str) -> None:
    if set(order) != set(names):
        raise ValueError(f"needed: {', '.join(names)}")


def _json(status: int, data: Value) -> HttpResponse:
    return HttpResponse(status, (json.dumps(data, sort_keys=True) + "\n").encode(), "application/json")
