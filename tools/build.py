# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the tarball into build/, look into it, install it elsewhere and read its documentation from there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
BIN = Path(sys.executable).parent
# What a user of the collection gets. Everything else proves it, and stays in the repository.
SHIPPED = {
    *("FILES.json", "MANIFEST.json", "README.md", "COPYING", "CHANGELOG.rst", "CONTRIBUTING.md", "requirements.txt"),
    *("catalogue", "changelogs", "docs", "inventory", "meta", "playbooks", "plugins", "roles"),
}
NEEDED = {"README.md", "COPYING", "requirements.txt", "catalogue", "meta", "playbooks", "plugins", "roles"}
DOCUMENTED = ("module", "inventory", "lookup", "role")


def run(*command: str | Path, env: dict[str, str] | None = None) -> str:
    """Output of a program beside this interpreter; stop here with its own words when it fails."""
    name, *arguments = map(str, command)
    done = subprocess.run([str(BIN / name), *arguments], cwd=ROOT, env=env, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{name} {' '.join(arguments)}: failed\n{done.stdout}{done.stderr}")
    return done.stdout


def build() -> Path:
    """The one tarball in a fresh build/."""
    shutil.rmtree(BUILD, ignore_errors=True)
    run("ansible-galaxy", "collection", "build", "--output-path", BUILD, ROOT)
    (tarball,) = BUILD.glob("dejima-hypervisor-*.tar.gz")
    return tarball


def look_into(tarball: Path) -> int:
    """Number of files; stop when something is in there that is not for users, or missing that is."""
    with tarfile.open(tarball) as archive:
        names = [Path(member.name) for member in archive if member.isfile()]
    tops = {name.parts[0] for name in names}
    if stray := sorted(tops - SHIPPED):
        raise SystemExit(
            f"{tarball.name} holds what is not for users: {', '.join(stray)}. See build_ignore in galaxy.yml."
        )
    if missing := sorted(NEEDED - tops):
        raise SystemExit(f"{tarball.name} lacks {', '.join(missing)}.")
    if private := [str(name) for name in names if name.parts[0] == "inventory" and name.parts[1] != "example"]:
        raise SystemExit(f"{tarball.name} holds inventories that are not the example: {', '.join(private)}.")
    return len(names)


def read_elsewhere(tarball: Path, place: Path) -> int:
    """Install into an empty place with a home of its own; number of documented plugins and roles found there."""
    home = place / "home"
    home.mkdir()
    env = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "VMWARE_"))}
    env |= {"HOME": str(home), "ANSIBLE_COLLECTIONS_PATH": str(place)}
    run("ansible-galaxy", "collection", "install", "--offline", "-p", place, tarball, env=env)
    found = 0
    for kind in DOCUMENTED:
        names = json.loads(run("ansible-doc", "--type", kind, "--list", "--json", "dejima.hypervisor", env=env))
        if not names:
            raise SystemExit(f"{tarball.name}: ansible-doc finds no {kind} in it.")
        run("ansible-doc", "--type", kind, *names, env=env)
        found += len(names)
    for playbook in sorted((ROOT / "playbooks").glob("*.yml")):
        run("ansible-playbook", "--syntax-check", "-i", "localhost,", f"dejima.hypervisor.{playbook.stem}", env=env)
    return found


def main() -> None:
    """Build, check, install, read."""
    tarball = build()
    files = look_into(tarball)
    with tempfile.TemporaryDirectory() as place:
        found = read_elsewhere(tarball, Path(place))
    print(f"{tarball.relative_to(ROOT)}: {files} files; installed elsewhere, {found} plugins and roles documented.")


if __name__ == "__main__":
    main()
