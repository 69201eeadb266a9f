# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every simulated managed object has: a reference, properties, and operations named as the WSDL names them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, TypeVar

from .sdk import Value, fault, moref, properties, wsdl_type

if TYPE_CHECKING:
    from .host import Host
    from .world import Caller, World

ANYBODY = "System.Anonymous"
READING = frozenset({ANYBODY, "System.View", "System.Read"})
"""The privileges of everybody, and of everybody who may log in."""

_Operation = TypeVar("_Operation", bound=Callable[..., Value])


def operation(function: _Operation) -> _Operation:
    """Marks a method as one that callers reach by its WSDL name; everything else is MethodNotFound."""
    function.__dict__["operation"] = True
    return function


class Managed:
    """One managed object.

    ``props`` holds its stored properties by name; a property that follows from other state is a method called
    ``prop_<name>`` that takes the caller. What is in neither is unset, which is what the API calls a property without
    a value.
    """

    kind: ClassVar[str] = "ManagedEntity"

    def __init__(self, world: World, moid: str, kind: str = "") -> None:
        self.world = world
        self.moid = moid
        self.wsdl = kind or self.kind
        self.type: Value = wsdl_type(self.wsdl)
        self.ref: Value = moref(self.type, moid)
        self.props: dict[str, Value] = {}
        world.register(self)

    def read(self, name: str, caller: Caller) -> Value:
        """The value of a property, None if unset; Fault InvalidProperty if the type has no such property."""
        stored = self.props.get(name)
        if stored is not None:
            return stored
        derived = getattr(self, "prop_" + name, None)
        if derived is not None:
            return derived(caller)
        if name not in properties(self.type):
            raise fault("InvalidProperty", f"{self.wsdl} has no property {name}", name=name)
        return None

    def check_read(self, name: str, caller: Caller) -> None:
        """Fault NotAuthenticated or NoPermission if the caller may not read the property."""
        info = properties(self.type).get(name)
        privilege = info.privId if info is not None else None
        if privilege != ANYBODY:
            caller.check(self, privilege)

    def operation(self, name: str) -> Callable[..., Value] | None:
        """The operation of that WSDL name, or None."""
        found = getattr(self, name, None)
        return found if getattr(found, "operation", False) else None

    def host_of(self) -> Host | None:
        """The host this object belongs to, if it belongs to one."""
        return None


class Unsimulated(Managed):
    """A manager that has a reference, as on a real host, and nothing behind it: it says so instead of pretending."""

    def read(self, name: str, caller: Caller) -> Value:
        if name not in properties(self.type):
            return super().read(name, caller)
        raise fault("NotSupported", f"not simulated: {self.wsdl}.{name}")


class Entity(Managed):
    """A managed object of the inventory tree: it has a name and a parent."""

    def __init__(self, world: World, moid: str, name: str, parent: Entity | None, kind: str = "") -> None:
        super().__init__(world, moid, kind)
        self.parent = parent
        self.props["name"] = name

    @property
    def name(self) -> str:
        """The name of the entity as the inventory shows it."""
        return str(self.props["name"])

    def prop_parent(self, _caller: Caller) -> Value:
        return self.parent.ref if self.parent else None

    def prop_overallStatus(self, _caller: Caller) -> Value:
        return wsdl_type("ManagedEntityStatus")("green")

    prop_configStatus = prop_overallStatus

    def children(self) -> list[Entity]:
        """The entities right below this one, in the order of the inventory."""
        return []


class HostManager(Managed):
    """A manager of one host. ``reach()`` stands before everything that has to talk to the host itself."""

    def __init__(self, world: World, moid: str, host: Host, kind: str = "") -> None:
        super().__init__(world, moid, kind)
        self.host = host

    def host_of(self) -> Host:
        return self.host

    def reach(self) -> None:
        """Fault HostNotConnected unless vCenter can talk to the host."""
        self.host.reach()
