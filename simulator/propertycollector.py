# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The PropertyCollector: which objects a filter selects, which properties it asks for, and the answer page by page.

The answer is written as XML right away. The text of a property is kept on the value it belongs to, and the text of a
path inside a shared part is kept on that part, so a fleet of like hosts costs little more than one host.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from .managed import Managed, operation
from .sdk import (
    Array,
    DataObject,
    Fault,
    ManagedObject,
    Value,
    escape,
    fault,
    invalid_argument,
    is_child_version,
    properties,
    vmodl,
)
from .service import View
from .values import Step, element, parse_path
from .wire import Raw
from .world import Caller, World
from .xmlout import fault_xml, val_xml

_OBJECT = object


@dataclass(frozen=True)
class Path:
    """A checked property path of one managed type."""

    text: str
    head: str
    steps: tuple[Step, ...]
    first_key: str | int | None


@lru_cache(maxsize=8192)
def compile_path(kind: Value, text: str, version: str) -> Path:
    """The path ``text`` on type ``kind``; Fault InvalidProperty if no such property can be, at that API version."""
    try:
        steps = parse_path(text)
    except ValueError as error:
        raise _invalid(text) from error
    known = properties(kind)
    here: Value = None
    for index, step in enumerate(steps):
        info = known.get(step.name)
        if info is None and here is not None and _could_be(here, step.name):
            break
        if info is None or not is_child_version(version, info.version):
            raise _invalid(text)
        here = info.type
        if step.key is not None:
            if not issubclass(here, list):
                raise _invalid(text)
            here = here.Item
        if index == len(steps) - 1 or here is _OBJECT:
            break
        if not issubclass(here, DataObject):
            raise _invalid(text)
        known = properties(here)
    return Path(text, steps[0].name, steps[1:], steps[0].key)


def _could_be(declared: Value, name: str) -> bool:
    """Whether some loaded subtype of a declared type has the property."""
    return any(name in properties(sub) or _could_be(sub, name) for sub in declared.__subclasses__())


def _invalid(text: str) -> Fault:
    return fault("InvalidProperty", f"The property {text} does not exist.", name=text)


class Unset(Exception):
    """The path leads to nothing. ``key`` is set if that is because an array has no such key."""

    def __init__(self, key: bool = False) -> None:
        super().__init__()
        self.key = key


def walk(value: Value, path: Path, steps: tuple[Step, ...]) -> Value:
    """Follows ``steps`` from ``value``; :class:`Unset` or Fault InvalidProperty if they end early."""
    for step in steps:
        if value is None:
            raise Unset
        try:
            value = value.__dict__[step.name]
        except (KeyError, AttributeError) as error:
            raise _invalid(path.text) from error
        if step.key is not None:
            value = _keyed(value, step.key)
    if value is None:
        raise Unset
    return value


def _keyed(array: Value, key: str | int) -> Value:
    found = element(array, key) if array else None
    if found is None:
        raise Unset(key=True)
    return found


@dataclass(frozen=True)
class Wanted:
    """What one page asks of the objects of one type."""

    kind: Value
    paths: tuple[str, ...]
    everything: bool


class Selector:
    """Finds the objects of one ObjectSpec, following its selections."""

    def __init__(self, world: World, spec: Value, caller: Caller) -> None:
        self.world = world
        self.spec = spec
        self.caller = caller
        self.named: dict[str, Value] = {}
        self._collect_names(spec.selectSet or [])

    def _collect_names(self, selections: Iterable[Value]) -> None:
        for item in selections:
            if isinstance(item, vmodl.query.PropertyCollector.TraversalSpec):
                if item.name:
                    self.named[item.name] = item
                self._collect_names(item.selectSet or [])

    def objects(self) -> Iterator[Managed]:
        """Every object once, the starting one first unless it is to be skipped."""
        start = self.world.find(self.spec.obj)
        seen = {start.moid}
        if not self.spec.skip:
            yield start
        done: set[tuple[str, int]] = set()
        queue = [(start, item) for item in self.spec.selectSet or []]
        while queue:
            here, selection = queue.pop(0)
            rule = self._rule(selection)
            if (here.moid, id(rule)) in done or not issubclass(here.type, rule.type):
                continue
            done.add((here.moid, id(rule)))
            for item in self._follow(here, rule.path):
                if not rule.skip and item.moid not in seen:
                    seen.add(item.moid)
                    yield item
                queue.extend((item, below) for below in rule.selectSet or [])

    def _rule(self, selection: Value) -> Value:
        if isinstance(selection, vmodl.query.PropertyCollector.TraversalSpec):
            return selection
        rule = self.named.get(selection.name)
        if rule is None:
            raise invalid_argument("selectSet", f"no traversal is named {selection.name}")
        return rule

    def _follow(self, here: Managed, text: str) -> Iterable[Managed]:
        if isinstance(here, View) and text == "view":
            return here.members()
        path = compile_path(here.type, text, self.caller.version)
        try:
            found = walk(here.read(path.head, self.caller), path, path.steps)
        except Unset:
            return []
        refs = found if isinstance(found, list) else [found]
        return [self.world.find(ref) for ref in refs if isinstance(ref, ManagedObject)]


@dataclass
class Page:
    """What is left to answer of one retrieval."""

    rest: list[tuple[Managed, tuple[Wanted, ...]]]
    size: int | None


class PropertyCollector(Managed):
    """Answers retrievals. Change notification (CreateFilter, WaitForUpdatesEx) is not simulated."""

    kind = "PropertyCollector"

    @operation
    def RetrievePropertiesEx(self, caller: Caller, specSet: Value, options: Value) -> Value:
        size = options.maxObjects if options is not None else None
        if size is not None and size < 1:
            raise invalid_argument("maxObjects", f"{size} is not at least 1")
        return self._answer(caller, Page(self._select(caller, specSet), size))

    @operation
    def ContinueRetrievePropertiesEx(self, caller: Caller, token: str) -> Value:
        page = caller.require().pages.pop(token, None)
        if page is None:
            raise invalid_argument("token", "no retrieval waits under it")
        return self._answer(caller, page)

    @operation
    def CancelRetrievePropertiesEx(self, caller: Caller, token: str) -> None:
        if caller.require().pages.pop(token, None) is None:
            raise invalid_argument("token", "no retrieval waits under it")

    @operation
    def RetrieveProperties(self, caller: Caller, specSet: Value) -> Value:
        rows = self._select(caller, specSet)
        return Raw("".join(self._content(caller, made, wanted, "returnval") for made, wanted in rows))

    def _select(self, caller: Caller, specs: Value) -> list[tuple[Managed, tuple[Wanted, ...]]]:
        rows: list[tuple[Managed, tuple[Wanted, ...]]] = []
        for spec in specs:
            wanted = [Wanted(p.type, tuple(p.pathSet or ()), bool(p.all)) for p in spec.propSet]
            seen: set[str] = set()
            matches: dict[Value, tuple[Wanted, ...]] = {}
            for object_spec in spec.objectSet:
                for made in Selector(self.world, object_spec, caller).objects():
                    if made.moid in seen:
                        continue
                    seen.add(made.moid)
                    if made.type not in matches:
                        matches[made.type] = _matching(made.type, wanted)
                    if matches[made.type]:
                        rows.append((made, matches[made.type]))
        return rows

    def _answer(self, caller: Caller, page: Page) -> Value:
        if not page.rest:
            return None
        now = page.rest if page.size is None else page.rest[: page.size]
        page.rest = page.rest[len(now) :]
        token = ""
        parts = [self._content(caller, made, wanted, "objects") for made, wanted in now]
        if page.rest:
            key = secrets.token_hex(8)
            caller.require().pages[key] = page
            token = f"<token>{key}</token>"
        return Raw(f"<returnval>{token}{''.join(parts)}</returnval>")

    def _content(self, caller: Caller, made: Managed, wanted: tuple[Wanted, ...], tag: str) -> str:
        parts = [f'<{tag}><obj type="{made.wsdl}">{made.moid}</obj>']
        missing: list[str] = []
        for text in _paths(made.type, wanted):
            path = compile_path(made.type, text, caller.version)
            try:
                made.check_read(path.head, caller)
                xml = self._read(caller, made, path)
            except Unset as unset:
                if unset.key and self.world.missing_key != "absent":
                    missing.append(self._missing(caller, path, _invalid(text)))
            except Fault as problem:
                if problem.name in ("InvalidProperty", "NotAuthenticated"):
                    raise
                missing.append(self._missing(caller, path, problem))
            else:
                parts.append(f"<propSet><name>{escape(text)}</name>{xml}</propSet>")
        return "".join([*parts, *missing, f"</{tag}>"])

    def _read(self, caller: Caller, made: Managed, path: Path) -> str:
        value = made.read(path.head, caller)
        if path.first_key is not None and value is not None:
            value = _keyed(value, path.first_key)
        if not path.steps:
            if value is None:
                raise Unset
            return val_xml(value, caller.version)
        first, rest = path.steps[0], path.steps[1:]
        part = walk(value, path, (first,))
        if not rest or not isinstance(part, Array | DataObject):
            return val_xml(walk(part, path, rest), caller.version)
        memory = part.__dict__.setdefault("_paths", {})
        key = (path.text, caller.version)
        xml = memory.get(key)
        if xml is None:
            xml = memory[key] = val_xml(walk(part, path, rest), caller.version)
        return str(xml)

    def _missing(self, caller: Caller, path: Path, problem: Fault) -> str:
        if self.world.missing_key == "InvalidProperty" and problem.name == "InvalidProperty":
            raise problem
        detail = fault_xml(problem.value, "fault", caller.version)
        text = escape(problem.text)
        return (
            f"<missingSet><path>{escape(path.text)}</path><fault>{detail}"
            f"<localizedMessage>{text}</localizedMessage></fault></missingSet>"
        )


def _matching(kind: Value, wanted: list[Wanted]) -> tuple[Wanted, ...]:
    """The PropertySpecs that speak of ``kind``: of several, the ones for its nearest type."""
    found = [item for item in wanted if issubclass(kind, item.kind)]
    if not found:
        return ()
    nearest = min(kind.__mro__.index(item.kind) for item in found)
    return tuple(item for item in found if kind.__mro__.index(item.kind) == nearest)


@lru_cache(maxsize=256)
def _paths(kind: Value, wanted: tuple[Wanted, ...]) -> tuple[str, ...]:
    if any(item.everything for item in wanted):
        return tuple(properties(kind))
    return tuple(dict.fromkeys(path for item in wanted for path in item.paths))
