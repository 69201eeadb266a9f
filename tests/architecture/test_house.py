# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The house rules that a reader would otherwise have to remember."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROLES = ("management_services", "management_firewall", "management_network")
PLAYBOOKS = ("audit", "harden")
MODULES = ("baseline", "esx_firewall", "esx_option", "esx_port_group", "esx_service", "esx_vswitch", "posture_info")
RUNNER = "ansible_collections.dejima.hypervisor.plugins.plugin_utils.runner"
FRAGMENTS = ("_attributes", "_connection", "_target")
LONGEST_FILE = 400
MOST_TASKS = 3
TEMPLATE = re.compile(r"\{\{|\{%|\{#")
HEADER = ("# Copyright (c) 2026 Dejima contributors", "# SPDX-License-Identifier: GPL-3.0-or-later")


def tracked(root: Path, *patterns: str) -> list[Path]:
    """Files of the repository, new ones included, ignored ones not."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout.split("\0")
    return sorted({root / name for name in names if name and (root / name).is_file()})


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def modules(root: Path) -> set[str]:
    return {path.stem for path in (root / "plugins/modules").glob("*.py")} - {"__init__"}


def roles(root: Path) -> set[str]:
    return {path.name for path in (root / "roles").glob("*") if path.is_dir()}


def broad_handlers(source: str) -> list[int]:
    """Lines of `except:`, `except Exception` and `except BaseException`, alone or among others."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ExceptHandler):
            caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            if any(kind is None or ast.unparse(kind) in {"Exception", "BaseException"} for kind in caught):
                lines.append(node.lineno)
    return lines


def test_the_house_is_complete(root: Path) -> None:
    assert modules(root) >= set(MODULES)
    assert roles(root) >= set(ROLES)
    assert {path.stem for path in (root / "playbooks").glob("*.yml")} >= set(PLAYBOOKS)
    assert {path.stem for path in (root / "plugins/doc_fragments").glob("*.py")} >= set(FRAGMENTS)


def test_every_module_takes_the_group_defaults(root: Path) -> None:
    assert set(load(root / "meta/runtime.yml")["action_groups"]["all"]) == modules(root)


def test_every_module_runs_in_process(root: Path) -> None:
    actions = {path.stem: path.read_text("utf-8") for path in (root / "plugins/action").glob("*.py")}
    assert set(actions) - {"__init__"} == modules(root)
    assert [name for name, source in actions.items() if f"{RUNNER} import ActionModule" not in source] == []


def test_the_runner_knows_the_face_of_every_module(root: Path) -> None:
    assert set(importlib.import_module(RUNNER).FACES) == modules(root)


def test_the_name_of_a_module_is_its_own_and_no_alias(root: Path) -> None:
    # A redirect would make ansible-lint tell users to write the runner's name instead of the module's.
    assert "plugin_routing" not in load(root / "meta/runtime.yml")


@pytest.mark.parametrize("role", ROLES)
def test_a_role_has_at_most_three_tasks(role: str, root: Path) -> None:
    files = list((root / "roles" / role / "tasks").glob("*.yml"))
    assert files
    assert sum(len(load(path)) for path in files) <= MOST_TASKS


@pytest.mark.parametrize("role", ROLES)
def test_a_role_states_the_same_defaults_twice(role: str, root: Path) -> None:
    entry = load(root / "roles" / role / "meta/argument_specs.yml")["argument_specs"]["main"]
    specified = {name: option["default"] for name, option in entry["options"].items() if "default" in option}
    defaults = root / "roles" / role / "defaults/main.yml"
    assert (load(defaults) if defaults.exists() else None) == (specified or None)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_explains_itself_and_names_its_variables_after_itself(role: str, root: Path) -> None:
    assert (root / "roles" / role / "README.md").is_file()
    options = load(root / "roles" / role / "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    assert [name for name in options if not name.startswith(f"{role}_")] == []


def test_a_module_shares_the_connection_and_attribute_documentation(root: Path) -> None:
    for name in sorted(modules(root)):
        source = (root / "plugins/modules" / f"{name}.py").read_text("utf-8")
        constants = {
            target.id: ast.literal_eval(node.value)
            for node in ast.parse(source).body
            if isinstance(node, ast.Assign) and isinstance(target := node.targets[0], ast.Name)
            if isinstance(node.value, ast.Constant)
        }
        shared = yaml.safe_load(constants["DOCUMENTATION"])["extends_documentation_fragment"]
        fragments = {".".join(fragment.split(".")[:3]) for fragment in shared}
        assert fragments >= {"dejima.hypervisor._connection", "dejima.hypervisor._attributes"}, name
        assert constants["EXAMPLES"].strip(), name
        assert constants["RETURN"].strip(), name


def test_no_file_is_longer_than_a_reader_can_hold(root: Path) -> None:
    lengths = {str(path.relative_to(root)): len(path.read_text("utf-8").splitlines()) for path in tracked(root, "*.py")}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_fault_is_caught_unseen(root: Path) -> None:
    caught = [
        f"{path.relative_to(root)}:{line}"
        for path in tracked(root, "plugins/*.py", "simulator/*.py", "molecule/*.py", "tools/*.py")
        for line in broad_handlers(path.read_text("utf-8"))
    ]
    assert caught == []


@pytest.mark.parametrize("clause", ["except:", "except Exception:", "except (ValueError, BaseException) as fault:"])
def test_a_broad_handler_is_seen(clause: str) -> None:
    assert broad_handlers(f"try:\n    pass\n{clause}\n    pass\n") == [3]


def test_every_source_file_states_its_licence(root: Path) -> None:
    unmarked = [
        str(path.relative_to(root))
        for path in tracked(root, "plugins/*.py", "simulator/*.py")
        if path.stat().st_size and not set(HEADER) <= set(path.read_text("utf-8").splitlines()[:8])
    ]
    assert unmarked == []


def test_the_catalogue_is_data_without_templates(root: Path) -> None:
    files = tracked(root, "catalogue/*.yml", "catalogue/*.json")
    assert files
    assert [str(path.relative_to(root)) for path in files if TEMPLATE.search(path.read_text("utf-8"))] == []


def test_playbook_names_can_be_called_by_full_name(root: Path) -> None:
    assert [path.name for path in (root / "playbooks").glob("*.yml") if not path.stem.isidentifier()] == []


def test_the_locks_name_no_index_and_hold_every_package_by_hash(root: Path) -> None:
    for name in ("run", "dev"):
        text = (root / "requirements" / f"{name}.txt").read_text("utf-8")
        assert "://" not in text
        assert not re.search(r"^--(?!hash)", text, re.MULTILINE)
        pins = re.split(r"\n(?=\S)", text.strip())
        assert [pin.splitlines()[0] for pin in pins if "==" not in pin or "--hash=sha256:" not in pin] == []


def test_what_is_installed_is_what_is_locked(root: Path) -> None:
    """The interpreter that runs the tests carries the locked versions; otherwise they prove something else."""
    text = (root / "requirements/run.txt").read_text("utf-8")
    wanted = dict(re.findall(r"^(ansible-core|pyvmomi)==(\S+)", text, re.MULTILINE))
    code = "import importlib.metadata as m; print(m.version('ansible-core'), m.version('pyvmomi'))"
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert found == [wanted["ansible-core"], wanted["pyvmomi"]]


def test_what_the_practice_vsphere_takes_for_real_is_listed_as_unproved(root: Path) -> None:
    readme = (root / "simulator/README.md").read_text("utf-8")
    assumed = re.findall(r"^- (.+)$", readme[readme.index("## Assumptions") :], re.MULTILINE)
    unproved = (root / "docs/unproved.md").read_text("utf-8")
    assert assumed
    assert [line for line in assumed if line not in unproved] == []
