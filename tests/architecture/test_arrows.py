# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arrows point to what is used; nothing points back."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from tests.architecture.house import findings, sources

if TYPE_CHECKING:
    from pathlib import Path

OURS = "ansible_collections.dejima.hypervisor.plugins"
FORBIDDEN = {
    "the engine knows no hypervisor": ("plugins/module_utils/_engine/plan.py", "from .._vsphere import driver"),
    "the engine knows no SDK": ("plugins/module_utils/_engine/apply.py", "import pyVmomi"),
    "only run knows Ansible": (
        "plugins/module_utils/_engine/diff.py",
        "from ansible.module_utils.basic import AnsibleModule",
    ),
    "nothing in the engine uses run": ("plugins/module_utils/_engine/plan.py", "from .run import run"),
    "a word leans on no deed": ("plugins/module_utils/_engine/model.py", "from .plan import make_plan"),
    "resources do not know each other": (
        "plugins/module_utils/_vsphere/resources/options.py",
        "from .services import x",
    ),
    "resources do not connect": ("plugins/module_utils/_vsphere/resources/options.py", "from ..session import Session"),
    "resources do not know Ansible": ("plugins/module_utils/_vsphere/resources/options.py", "import ansible.errors"),
    "resources import no SDK": ("plugins/module_utils/_vsphere/resources/options.py", "from pyVmomi import vim"),
    "the session knows no Ansible": ("plugins/module_utils/_vsphere/session.py", "import ansible"),
    "the session imports no SDK": ("plugins/module_utils/_vsphere/session.py", "    from pyVim import connect"),
    "the session does not know the driver": ("plugins/module_utils/_vsphere/session.py", "from .driver import Driver"),
    "the driver knows no Ansible": ("plugins/module_utils/_vsphere/driver.py", "import ansible.module_utils.basic"),
    "the driver does not plan": ("plugins/module_utils/_vsphere/driver.py", "from .._engine import plan"),
    "a module is a face": (
        "plugins/modules/esx_service.py",
        f"from {OURS}.module_utils._vsphere.session import Session",
    ),
    "a module cannot carry the catalogue": (
        "plugins/modules/baseline.py",
        f"from {OURS}.plugin_utils import catalogue",
    ),
    "an action is a name for the runner": ("plugins/action/baseline.py", "from ..module_utils._vsphere import driver"),
    "the runner goes through the driver": (
        "plugins/plugin_utils/runner.py",
        f"from {OURS}.module_utils._vsphere import session",
    ),
    "the inventory goes through the driver": (
        "plugins/inventory/vsphere.py",
        f"import {OURS}.module_utils._vsphere.wire",
    ),
    "the catalogue knows no engine": ("plugins/plugin_utils/catalogue.py", "from ..module_utils._engine.plan import x"),
    "nor who uses it": ("plugins/plugin_utils/catalogue.py", f"from {OURS}.plugin_utils import fleets"),
    "plugins do not know the simulator": ("plugins/module_utils/_vsphere/session.py", "import simulator.state"),
    "the simulator does not know the plugins": ("simulator/state.py", f"from {OURS}.module_utils._engine import model"),
    "nor by another name": ("simulator/state.py", "from plugins.module_utils._engine import model"),
    "the simulator does not know Ansible": ("simulator/state.py", "import ansible"),
    "molecule looks with other eyes": (
        "molecule/harden/tests/test_harden.py",
        f"import {OURS}.module_utils._vsphere.driver",
    ),
    "what travels is found by reading": ("plugins/module_utils/_vsphere/driver.py", "import importlib"),
    "and not by calling": ("plugins/module_utils/_vsphere/driver.py", "x = __import__('pyVmomi')"),
    "every file has a room": ("elsewhere/x.py", ""),
}


def test_every_import_follows_an_arrow(root: Path) -> None:
    files = sources(root)
    assert files
    wrong = [
        finding
        for path in files
        for finding in findings(PurePosixPath(path.relative_to(root)), path.read_text("utf-8"), root)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("path", "line"), FORBIDDEN.values(), ids=FORBIDDEN)
def test_an_arrow_that_points_back_is_found(path: str, line: str, root: Path) -> None:
    assert findings(PurePosixPath(path), f"if True:\n    {line.strip()}\n" if line else "", root)
