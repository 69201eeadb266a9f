# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service objects of the vCenter: service instance, sessions, views, search."""

from __future__ import annotations

from collections.abc import Iterator

from .inventory import Datacenter, Inventory
from .managed import Entity, Managed, Unsimulated, operation
from .sdk import Value, build, invalid_argument, properties, vim, wsdl_name
from .world import Caller, World, utc_now

VERSION, BUILD = "8.0.3", "24022515"
_UNSIMULATED = {
    "setting": "VpxSettings",
    "userDirectory": "UserDirectory",
    "authorizationManager": "AuthorizationManager",
    "perfManager": "PerfMgr",
    "alarmManager": "AlarmManager",
    "eventManager": "EventManager",
    "taskManager": "TaskManager",
    "extensionManager": "ExtensionManager",
    "customFieldsManager": "CustomFieldsManager",
    "licenseManager": "LicenseManager",
    "dvSwitchManager": "DVSManager",
    "hostProfileManager": "HostProfileManager",
}


def about() -> Value:
    """vim.AboutInfo of the vCenter."""
    return build(
        vim.AboutInfo,
        name="VMware vCenter Server",
        fullName=f"VMware vCenter Server {VERSION} build-{BUILD}",
        vendor="VMware, Inc.",
        version=VERSION,
        build=BUILD,
        localeVersion="INTL",
        localeBuild="000",
        osType="linux-x64",
        productLineId="vpx",
        apiType="VirtualCenter",
        apiVersion="8.0.3.0",
        instanceUuid="00000000-0000-4000-a000-000000000001",
        licenseProductName="VMware VirtualCenter Server",
        licenseProductVersion="8.0",
    )


class ServiceInstance(Managed):
    """The door: what a client asks before it has a session."""

    kind = "ServiceInstance"

    def __init__(self, world: World, inventory: Inventory, simulated: dict[str, Managed]) -> None:
        super().__init__(world, "ServiceInstance")
        kinds = properties(vim.ServiceInstanceContent)
        others = {
            role: Unsimulated(world, moid, wsdl_name(kinds[role].type)).ref for role, moid in _UNSIMULATED.items()
        }
        refs = {role: made.ref for role, made in simulated.items()}
        self.props["content"] = build(
            vim.ServiceInstanceContent, rootFolder=inventory.root.ref, about=about(), **refs, **others
        )

    @operation
    def RetrieveServiceContent(self, _caller: Caller) -> Value:
        return self.props["content"]

    @operation
    def CurrentTime(self, _caller: Caller) -> Value:
        return utc_now()

    def prop_serverClock(self, _caller: Caller) -> Value:
        return utc_now()


class SessionManager(Managed):
    """Login and logout."""

    kind = "SessionManager"

    def prop_currentSession(self, caller: Caller) -> Value:
        return caller.session.value() if caller.session else None

    def prop_sessionList(self, _caller: Caller) -> Value:
        return vim.UserSession.Array([session.value() for session in self.world.sessions.values()])

    @operation
    def Login(self, caller: Caller, userName: str, password: str, locale: str | None) -> Value:
        del locale
        caller.new_session = self.world.login(caller, userName, password)
        return caller.new_session.value()

    @operation
    def Logout(self, caller: Caller) -> None:
        self.world.end_session(caller.require())

    @operation
    def SessionIsActive(self, _caller: Caller, sessionID: str, userName: str) -> bool:
        found = (s for s in self.world.sessions.values() if sessionID in (s.public_key, s.key))
        return any(session.user.name.lower() == userName.lower() for session in found)


class View(Managed):
    """A ContainerView: the entities of some types below a container, looked up anew each time it is read."""

    kind = "ContainerView"

    def __init__(self, world: World, caller: Caller, container: Entity, types: list[Value], deep: bool) -> None:
        session = caller.require()
        super().__init__(world, f"session[{session.public_key[:8]}]view-{world.next_id('view')}")
        self.container = container
        self.types = tuple(types) or (vim.ManagedEntity,)
        self.deep = deep
        self.props["container"] = container.ref
        self.props["recursive"] = deep
        session.views[self.moid] = self

    def members(self) -> list[Entity]:
        """The entities in view."""
        found = descendants(self.container) if self.deep else iter(_below(self.container))
        return [item for item in found if issubclass(item.type, self.types)]

    def prop_view(self, _caller: Caller) -> Value:
        return vim.ManagedEntity.Array([item.ref for item in self.members()])

    @operation
    def DestroyView(self, caller: Caller) -> None:
        caller.require().views.pop(self.moid, None)
        self.world.forget(self)


class ViewManager(Managed):
    """Makes views; a view lives as long as its session."""

    kind = "ViewManager"

    @operation
    def CreateContainerView(self, caller: Caller, container: Value, type: list[Value], recursive: bool) -> Value:
        found = self.world.find(container)
        if not isinstance(found, Entity):
            raise invalid_argument("container", "not an entity of the inventory")
        return View(self.world, caller, found, list(type or []), recursive).ref


class SearchIndex(Managed):
    """Finds entities by name or by path."""

    kind = "SearchIndex"

    def __init__(self, world: World, moid: str, inventory: Inventory) -> None:
        super().__init__(world, moid)
        self.inventory = inventory

    @operation
    def FindByInventoryPath(self, _caller: Caller, inventoryPath: str) -> Value:
        here: Entity = self.inventory.root
        for part in (p for p in inventoryPath.split("/") if p):
            below = next((item for item in _below(here) if item.name == _unescape(part)), None)
            if below is None:
                return None
            here = below
        return here.ref

    @operation
    def FindChild(self, _caller: Caller, entity: Value, name: str) -> Value:
        parent = self.world.find(entity)
        found = _below(parent) if isinstance(parent, Entity) else []
        return next((item.ref for item in found if item.name == name), None)

    @operation
    def FindByDnsName(self, caller: Caller, datacenter: Value, dnsName: str, vmSearch: bool) -> Value:
        return next(iter(self.FindAllByDnsName(caller, datacenter, dnsName, vmSearch)), None)

    @operation
    def FindAllByDnsName(self, _caller: Caller, datacenter: Value, dnsName: str, vmSearch: bool) -> Value:
        if datacenter is not None and not isinstance(self.world.find(datacenter), Datacenter):
            return vim.ManagedEntity.Array()
        if vmSearch:  # a machine is found by the name its guest tells, and no guest here runs tools
            return vim.ManagedEntity.Array()
        wanted = dnsName.lower()
        return vim.ManagedEntity.Array([host.ref for host in self.inventory.hosts if host.name.lower() == wanted])


def _unescape(part: str) -> str:
    return part.replace("%2f", "/").replace("%2F", "/").replace("%5c", "\\").replace("%5C", "\\").replace("%25", "%")


def _below(entity: Entity) -> list[Entity]:
    return entity.children()


def descendants(entity: Entity) -> Iterator[Entity]:
    """Every entity below ``entity``, depth first, in the order of the inventory."""
    for item in entity.children():
        yield item
        yield from descendants(item)
