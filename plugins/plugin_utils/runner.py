# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The in-process runner of every module; plugins/action has a file of each module's name that leads here.

Where the connection is local the module's work is done in Ansible's own worker, which costs a fortieth of a module's
process. Where it is not (a jump host), the same module travels and does the same there.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.dejima.hypervisor.plugins.module_utils._engine.run import (
    Desired,
    HypervisorError,
    SessionExpired,
    Target,
    audit,
    converge_one,
    failure_of,
    needs_of,
)
from ansible_collections.dejima.hypervisor.plugins.module_utils._vsphere.driver import RESOURCES, Endpoint, connect
from ansible_collections.dejima.hypervisor.plugins.modules import (
    baseline,
    esx_firewall,
    esx_option,
    esx_port_group,
    esx_service,
    esx_vswitch,
    posture_info,
)
from ansible_collections.dejima.hypervisor.plugins.plugin_utils import fleets
from ansible_collections.dejima.hypervisor.plugins.plugin_utils.catalogue import CatalogueError, load
from ansible_collections.dejima.hypervisor.plugins.plugin_utils.readings import Reading

display = Display()

FACES: dict[str, Any] = {
    "baseline": baseline,
    "esx_firewall": esx_firewall,
    "esx_option": esx_option,
    "esx_port_group": esx_port_group,
    "esx_service": esx_service,
    "esx_vswitch": esx_vswitch,
    "posture_info": posture_info,
}
MAX_AGE = 300
"""Seconds for which what the inventory read may decide that a host needs nothing."""
Result = dict[str, Any]


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible is untyped
    """Validates the arguments, fills in connection, host and controls, and runs here or there."""

    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> Result:
        """One task on one host, or for posture_info on the hosts of the play."""
        super().run(tmp, task_vars)
        task_vars = task_vars or {}
        name = self._task.action.rsplit(".", 1)[-1]
        face = FACES[name]
        _result, args = self.validate_argument_spec(argument_spec=face.SPEC, **face.RULES)
        self._resolve(args)
        try:
            if name == "posture_info":
                return self._posture(face, args, task_vars)
            return self._one_host(name, face, args, task_vars)
        except HypervisorError as error:
            return failure_of(error)

    def _resolve(self, args: dict[str, Any]) -> None:
        """The rows of the catalogue, filled in here: only the controller has it."""
        if "profile" not in args or args.get("rows"):
            return
        try:
            args["rows"] = load().resolve(
                args["profile"],
                controls=args.get("controls") or None,
                wall=args.get("wall"),
                values=args.get("values"),
                site=args.get("site"),
            )
        except CatalogueError as error:
            raise AnsibleActionFail(str(error)) from error

    def _is_local(self) -> bool:
        return getattr(self._connection, "transport", "") == "local"

    def _endpoint(self, args: dict[str, Any], host: str) -> tuple[Endpoint, fleets.Held | None]:
        """The connection a task names itself, else the one its inventory brought, else the environment's."""
        if not self._task.args.get("hostname"):
            held = fleets.held_with(host)
            if held is not None:
                return held.endpoint, held
        endpoint = Endpoint.from_params(args)
        if not endpoint.hostname:
            raise AnsibleActionFail("No server was named. Set hostname:, or VMWARE_HOST in the environment.")
        return endpoint, fleets.held_for(endpoint)

    def _one_host(self, name: str, face: Any, args: dict[str, Any], task_vars: dict[str, Any]) -> Result:
        host = args.get("esx_hostname") or str(task_vars.get("inventory_hostname", ""))
        endpoint, held = self._endpoint(args, host)
        if not self._is_local():
            if not self._task.check_mode:
                _touch(endpoint, host)
            return self._elsewhere(name, {**args, "esx_hostname": host}, endpoint, task_vars)
        desired = face.desired(args)
        try:
            result = self._here(endpoint, held, host, desired)
        except SessionExpired as expired:
            result = _with_earlier(expired, self._with_own_session(endpoint, host, desired))
        if not self._task.diff:
            result.pop("diff", None)
        for warning in result.pop("warnings", []):
            display.warning(warning)
        return result

    def _here(self, endpoint: Endpoint, held: fleets.Held | None, host: str, desired: Sequence[Desired]) -> Result:
        held = held or fleets.shared(endpoint, needs_of(RESOURCES, desired))
        target = _target(held, host)
        snapshot = held.snapshot(target, needs_of(RESOURCES, desired), MAX_AGE)
        opened: list[Any] = []

        def connection() -> Any:
            opened.append(fleets.borrow(held))
            return opened[-1]

        try:
            return converge_one(
                connection,
                RESOURCES,
                target,
                desired,
                check=self._task.check_mode,
                snapshot=snapshot,
                before_write=lambda: fleets.touch(held.endpoint, target),
            )
        finally:
            for used in opened:
                used.close()

    def _with_own_session(self, endpoint: Endpoint, host: str, desired: Sequence[Desired]) -> Result:
        """The shared session has ended: sign in again for this task. What was already written is found written."""
        own = connect(endpoint)
        try:
            target = own.only() or own.find(host)
            return converge_one(
                lambda: own,
                RESOURCES,
                target,
                desired,
                check=self._task.check_mode,
                before_write=lambda: fleets.touch(endpoint, target),
            )
        finally:
            own.close()

    def _elsewhere(self, name: str, args: dict[str, Any], endpoint: Endpoint, task_vars: dict[str, Any]) -> Result:
        """The module itself, over whatever connection the task has."""
        given = {key: value for key, value in args.items() if value is not None and key in FACES[name].SPEC}
        given.update(
            hostname=endpoint.hostname,
            username=endpoint.username,
            password=endpoint.password,
            port=endpoint.port,
            validate_certs=endpoint.validate_certs,
        )
        for option, value in (("ca_file", endpoint.ca_file), ("thumbprint", endpoint.thumbprint)):
            if value:
                given[option] = value
        result: Result = self._execute_module(
            module_name=f"dejima.hypervisor.{name}", module_args=given, task_vars=task_vars
        )
        return result

    def _posture(self, face: Any, args: dict[str, Any], task_vars: dict[str, Any]) -> Result:
        names = args.get("hosts") or list(task_vars.get("ansible_play_hosts_all", []))
        if not names:
            raise AnsibleActionFail("There is no host to judge. Look at --limit and at the inventory.")
        rows = face.desired(args)
        if self._is_local():
            report, lines = self._judge(args, names, rows)
        else:
            endpoint, _held = self._endpoint(args, names[0])
            result = self._elsewhere("posture_info", {**args, "hosts": names}, endpoint, task_vars)
            if "report" not in result:
                return result
            report, lines = result["report"], result["summary_lines"]
        if not args["quiet"]:
            for line in lines:
                display.display(line)
        result = {"changed": False, "summary": report["summary"], "summary_lines": lines}
        if args.get("report_file"):
            result["report_file"] = _write(args["report_file"], report)
        return result

    def _judge(self, args: dict[str, Any], names: Sequence[str], rows: Sequence[Desired]) -> tuple[Result, list[str]]:
        started = time.time()
        needs = needs_of(RESOURCES, rows)
        max_age = -1.0 if args["refresh"] else float(args["snapshot_max_age"])
        by_fleet: dict[str, tuple[Endpoint, fleets.Held | None, list[str]]] = {}
        for name in names:
            endpoint, held = self._endpoint(args, name)
            by_fleet.setdefault(endpoint.key, (endpoint, held, []))[2].append(name)
        readings = [
            Reading(held or fleets.shared(endpoint, needs), chosen, needs, max_age)
            for endpoint, held, chosen in by_fleet.values()
        ]
        pairs = [pair for reading in readings for pair in reading.pairs()]
        return audit(
            RESOURCES,
            pairs,
            rows,
            profile=str(args["profile"]),
            started=started - sum(reading.seconds for reading in readings),
            requests=sum(reading.requests for reading in readings),
            logins=sum(reading.logins for reading in readings),
            endpoint=", ".join(sorted(endpoint.where for endpoint, _held, _chosen in by_fleet.values())),
        )


def _touch(endpoint: Endpoint, host: str) -> None:
    """A module that runs elsewhere may write: what was read here no longer counts."""
    held = fleets.known(endpoint)
    target = held.target(host) if held else None
    if target is not None:
        fleets.touch(endpoint, target)


def _with_earlier(expired: SessionExpired, result: Result) -> Result:
    """What was written before the session ended is part of what this task changed."""
    applied = expired.result.get("applied") or []
    if applied:
        result["changed"] = True
        result["changes"] = [*applied, *result.get("changes", [])]
    return result


def _target(held: fleets.Held, host: str) -> Target:
    found = held.target(host)
    if found is not None:
        return found
    only = list(held.fleet.snapshots.values())
    if held.ticket.is_host and len(only) == 1:
        return only[0].target
    return held.fleet.named(host)


def _write(name: str, report: Result) -> str:
    """The report as a file, whole or not at all."""
    path = Path(name).expanduser()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_name(path.name + ".part")
        scratch.write_text(json.dumps(report, indent=2, sort_keys=False) + "\n", "utf-8")
        scratch.replace(path)
    except OSError as error:
        raise AnsibleActionFail(f"The report cannot be written to {path}: {error.strerror}.") from error
    return str(path)
