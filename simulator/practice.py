# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A practice vSphere in this process: the Python face that tests use."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from pathlib import Path
from types import TracebackType

from . import drift as drifting
from . import profile, saved, snapshot
from .admin import Admin
from .differences import Difference, differences
from .dispatch import Dispatcher
from .front import Front
from .host import Host
from .inventory import Inventory, Machine
from .propertycollector import PropertyCollector
from .report import dump
from .rules import RuleError, read_rule
from .rulesfile import Entry, read_rules
from .sdk import Value
from .server import LOOPBACK, Server
from .service import SearchIndex, ServiceInstance, SessionManager, ViewManager
from .stamp import stamped
from .tls import make_certificate, server_context
from .world import Call, User, World

DEFAULT_USER = "administrator@vsphere.local"
DEFAULT_PASSWORD = "practice"  # noqa: S105 - the password of a practice server on loopback
MAX_HOSTS = 10_000
_GROUPS = ["Management Network", "VM Network", "vMotion", "Storage", "Guests"]
MISSING_KEY = ("absent", "missingSet", "InvalidProperty")


class PracticeVsphere:
    """A vCenter with ``hosts`` ESX hosts, dealt out to ``clusters`` in turn, on a loopback port.

    A context manager; or :meth:`start` and :meth:`close`. ``missing_key`` says what a keyed path to a key that an array
    does not have is answered with: ``absent`` (nothing), ``missingSet`` or ``InvalidProperty``. ``faults`` are rules
    for faults on order, or the file that holds them. ``state`` is a file of a saved state to begin with: hosts,
    clusters, drift and machines are then what it holds.
    ValueError for numbers or words that make no sense, OSError if a port is taken.
    """

    def __init__(
        self,
        hosts: int = 3,
        clusters: int = 1,
        drift: str = "mixed",
        seed: int = 0,
        vms_per_host: int = 2,
        username: str = DEFAULT_USER,
        password: str = DEFAULT_PASSWORD,
        port: int = 0,
        admin_port: int | None = None,
        missing_key: str = "absent",
        faults: str | Path | list[Value] | None = None,
        state: str | Path | None = None,
    ) -> None:
        _check(hosts, clusters, drift, vms_per_host, missing_key)
        self._kept: dict[str, snapshot.Snapshot] = {}
        self.username = username
        self.password = password
        self.world = World()
        self.world.missing_key = missing_key
        self.world.mishaps.seed = seed
        self.inventory = Inventory(self.world)
        if state is None:
            self._populate(hosts, clusters, drift, seed, vms_per_host)
        else:
            self.load(state)
        self.add_user(username, password, role="admin")
        self._services()
        self._order(faults)
        self._folder = Path(tempfile.mkdtemp(prefix="practice-vsphere-"))
        self.certificate, key, self.thumbprint = make_certificate(self._folder)
        tls = server_context(self.certificate, key)
        self._server = Server(Front(Dispatcher(self.world)), port, tls)
        self._admin = None if admin_port is None else Server(Admin(self), admin_port)

    def _populate(self, hosts: int, clusters: int, drift: str, seed: int, vms_per_host: int) -> None:
        shipped = profile.load()
        made = [self.inventory.add_cluster(f"cluster-{_letters(index)}") for index in range(clusters)]
        width = max(2, len(str(hosts)))
        for index in range(hosts):
            name = f"esx-{index + 1:0{width}d}.practice"
            host = self.inventory.add_host(name, made[index % clusters], shipped, _GROUPS)
            host.drift = drifting.plan(drift, seed, index + 1)
            for count in range(vms_per_host):
                machine = f"vm-{index + 1:0{width}d}-{count + 1:02d}"
                self.inventory.add_vm(machine, host, ("Guests", "VM Network")[count % 2])

    def _services(self) -> None:
        world = self.world
        simulated = {
            "sessionManager": SessionManager(world, "SessionManager"),
            "propertyCollector": PropertyCollector(world, "propertyCollector"),
            "viewManager": ViewManager(world, "ViewManager"),
            "searchIndex": SearchIndex(world, "SearchIndex", self.inventory),
        }
        ServiceInstance(world, self.inventory, simulated)

    def _order(self, faults: str | Path | list[Value] | None) -> None:
        if isinstance(faults, str | Path):
            self._add_faults(read_rules(Path(faults)))
        elif faults is not None:
            self.add_faults(faults)

    def start(self) -> PracticeVsphere:
        """Opens the port (and the admin port if there is one)."""
        self._server.start()
        if self._admin is not None:
            self._admin.start()
        return self

    def close(self) -> None:
        """Closes the ports and removes the certificate."""
        self._server.stop()
        if self._admin is not None:
            self._admin.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> PracticeVsphere:
        try:
            return self.start()
        except OSError:
            self.close()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def address(self) -> str:
        """The address the vCenter answers on."""
        return LOOPBACK

    @property
    def port(self) -> int:
        """The port the vCenter answers on."""
        return self._server.port

    @property
    def url(self) -> str:
        """``https://address:port``."""
        return f"https://{self.address}:{self.port}"

    @property
    def admin_url(self) -> str | None:
        """``http://address:port`` of the admin endpoint, None if there is none."""
        return f"http://{LOOPBACK}:{self._admin.port}" if self._admin else None

    @property
    def host_names(self) -> list[str]:
        """The names of all hosts, in the order they were made."""
        return [host.name for host in self.inventory.hosts]

    def host(self, name: str) -> Host:
        """The host of that name (the first, if there are two); LookupError if there is none."""
        found = next((host for host in self.inventory.hosts if host.name == name), None)
        if found is None:
            raise LookupError(f"no host is named {name}")
        return found

    def stamp(self, name: str) -> None:
        """Gives every other host the configuration of the named one; names and addresses stay."""
        with self.world.lock:
            model = self.host(name)
            for host in self.inventory.hosts:
                if host is not model:
                    host.config = stamped(model.config, host.config)

    def add_vm(self, name: str, host: str, network: str) -> Machine:
        """A new virtual machine; LookupError if there is no such host, or no such network on it."""
        with self.world.lock:
            return self.inventory.add_vm(name, self.host(host), network)

    def rename_host(self, old: str, new: str) -> None:
        """Another name for a host, which another host may have too."""
        with self.world.lock:
            self.host(old).props["name"] = new

    def add_user(self, name: str, password: str, role: str = "readonly") -> None:
        """Somebody else who may log in: ``readonly`` or ``admin``."""
        if role not in ("admin", "readonly"):
            raise ValueError(f"a role is admin or readonly, not {role}")
        self.world.users[name.lower()] = User(name, password, role)

    @property
    def client_address(self) -> str | None:
        """The address the vCenter believes its callers to have; None for the true one."""
        return self.world.client_address

    @client_address.setter
    def client_address(self, address: str | None) -> None:
        self.world.client_address = address

    def dump(self) -> str:
        """The whole inventory state as canonical JSON text: the same state, the same bytes."""
        with self.world.lock:
            state = snapshot.take(self.inventory)
        return dump(state)

    def keep(self, name: str = "") -> None:
        """Remembers the state as it is now, under a name, for :meth:`diff` and :meth:`restore`."""
        with self.world.lock:
            self._kept[name] = snapshot.take(self.inventory)

    @property
    def kept(self) -> list[str]:
        """The names of the states remembered."""
        return list(self._kept)

    def diff(self, name: str = "") -> list[Difference]:
        """What differs now from the state kept under a name; LookupError if none is."""
        with self.world.lock:
            before, now = snapshot.apart(self._kept_state(name), snapshot.take(self.inventory))
        return differences(dump(before), dump(now))

    def restore(self, name: str = "") -> None:
        """Makes the state what it was when it was kept under a name; LookupError if none was.

        Sessions, users, ordered faults and the record of calls go on.
        """
        with self.world.lock:
            snapshot.put_back(self.inventory, self._kept_state(name))

    def _kept_state(self, name: str) -> snapshot.Snapshot:
        if name not in self._kept:
            raise LookupError(f"no state is kept as {name!r}")
        return self._kept[name]

    def saved(self, name: str | None = None) -> str:
        """The state kept under a name, or the state now, as the text of a file that :meth:`load` takes."""
        with self.world.lock:
            state = snapshot.take(self.inventory) if name is None else self._kept_state(name)
        return saved.text(state)

    def save(self, path: str | Path) -> None:
        """Writes the whole state to a file; OSError if that cannot be."""
        Path(path).write_text(self.saved(), encoding="utf-8")

    def load(self, path: str | Path) -> None:
        """Makes the state what a file says; ValueError that names the file if it says nothing of the kind."""
        self.put_back(saved.read(Path(path)))

    def put_back(self, state: snapshot.Snapshot) -> None:
        """Makes the state what a snapshot says."""
        with self.world.lock:
            snapshot.put_back(self.inventory, state)

    def counters(self) -> dict[str, Value]:
        """HTTP requests and live sessions; calls by method; and for each object called, by its moid, by method."""
        objects: dict[str, Counter[str]] = {}
        for call in self.calls:
            objects.setdefault(call.moid, Counter())[call.method] += 1
        return {
            "http_requests": self.http_requests,
            "sessions": self.sessions,
            "methods": dict(sorted(Counter(call.method for call in self.calls).items())),
            "objects": {moid: dict(sorted(methods.items())) for moid, methods in sorted(objects.items())},
        }

    @property
    def calls(self) -> list[Call]:
        """The SOAP calls so far."""
        return list(self.world.calls)

    def count(self, method: str, moid: str | None = None) -> int:
        """How often a method was called, of any object or of one."""
        return sum(call.method == method and moid in (None, call.moid) for call in self.calls)

    @property
    def http_requests(self) -> int:
        """How many HTTP requests arrived, of any kind."""
        return self.world.http_requests

    def reset_counters(self) -> None:
        """Forgets calls and requests counted so far."""
        with self.world.lock:
            self.world.reset_counters()

    @property
    def sessions(self) -> int:
        """How many sessions live."""
        return len(self.world.sessions)

    def expire_sessions(self) -> None:
        """Ends all sessions: the next call of each is NotAuthenticated."""
        with self.world.lock:
            self.world.expire_sessions()

    def fail_next(
        self, method: str, fault: str, host: str | None = None, times: int = 1, phase: str = "before"
    ) -> None:
        """Orders a failure of the next ``times`` calls: a fault's name, ``drop`` or ``http503``.

        In the phase ``after`` the call does its work first and fails then.
        """
        with self.world.lock:
            self.world.mishaps.fail_next(method, fault, host, times, phase)

    def ignore_next(self, method: str, host: str | None = None, times: int = 1) -> None:
        """The next ``times`` calls answer success and change nothing."""
        with self.world.lock:
            self.world.mishaps.fail_next(method, "ignore", host, times, "before")

    def add_faults(self, rules: list[Value]) -> list[int]:
        """Orders faults by rules, all of them or none; their ids. ValueError names the rule and key at fault."""
        return self._add_faults([Entry(f"faults[{index}]", rule) for index, rule in enumerate(rules)])

    def _add_faults(self, entries: list[Entry]) -> list[int]:
        with self.world.lock:
            known = {*self.world.objects, *self.host_names}
            read = []
            for entry in entries:
                try:
                    rule = read_rule(entry.order)
                    if rule.object is not None and rule.object not in known:
                        raise RuleError("object", f"no host or object is named {rule.object}")
                except RuleError as problem:
                    raise entry.problem(problem) from problem
                read.append(rule)
            return [self.world.mishaps.add(rule) for rule in read]

    @property
    def faults(self) -> list[dict[str, Value]]:
        """The rules that stand, oldest first, with ``id`` and how many calls each has ``seen`` and ``struck``."""
        with self.world.lock:
            return [order.plain() for order in self.world.mishaps.orders]

    def clear_faults(self, number: int | None = None) -> None:
        """Takes back the rule of that id, or all; LookupError if there is none."""
        with self.world.lock:
            if number is None:
                self.world.mishaps.clear()
            else:
                self.world.mishaps.remove(number)

    def stop_listening(self) -> None:
        """The vCenter is gone: its port and connections are closed. Sessions live on."""
        self._server.stop()

    def start_listening(self) -> None:
        """The vCenter is back, on the same port."""
        self._server.start()


def _check(hosts: int, clusters: int, drift: str, vms_per_host: int, missing_key: str) -> None:
    if not 0 <= hosts <= MAX_HOSTS:
        raise ValueError(f"hosts is 0 to {MAX_HOSTS}, not {hosts}")
    if not 1 <= clusters <= 200:
        raise ValueError(f"clusters is 1 to 200, not {clusters}")
    if not 0 <= vms_per_host <= 100:
        raise ValueError(f"vms-per-host is 0 to 100, not {vms_per_host}")
    if drift not in drifting.KINDS:
        raise ValueError(f"drift is one of {', '.join(drifting.KINDS)}, not {drift}")
    if missing_key not in MISSING_KEY:
        raise ValueError(f"missing-key is one of {', '.join(MISSING_KEY)}, not {missing_key}")


def _letters(index: int) -> str:
    """a, b, ... z, aa, ab, ..."""
    head, tail = divmod(index, 26)
    return (_letters(head - 1) if head else "") + chr(ord("a") + tail)
