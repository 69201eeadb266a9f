# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run every test of `ansible-test sanity` on this checkout: `make sanity`, or run.py TEST... for some of them.

ansible-test insists on a real directory .../ansible_collections/dejima/hypervisor, keeps things in the user's home and
hides pip's environment variables from pip. So it gets a copy, a home of its own and a pip.conf, all in .cache/sanity.
"""

from __future__ import annotations

import ast
import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / ".cache" / "sanity"
COPY = PLACE / "ansible_collections" / "dejima" / "hypervisor"
HOME = PLACE / "home"


def copy_checkout() -> None:
    """Copy what git tracks, and what is new and not ignored, so that nothing else is judged."""
    shutil.rmtree(PLACE / "ansible_collections", ignore_errors=True)
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    for name in sorted(set(filter(None, names))):
        if (ROOT / name).is_file():
            (COPY / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, COPY / name)
    # A repository of its own: ansible-test would otherwise find the outer one, which ignores .cache.
    subprocess.run(["git", "init", "--quiet", str(COPY)], check=True)


def pip_settings() -> dict[str, str]:
    """What pip would use here, from its files and from PIP_*: index, certificates, proxies, time-outs."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.findall(r"^(?:global|install|:env:)\.([\w-]+)=(.*)$", listed, re.MULTILINE)
    settings = {name: ast.literal_eval(value) for name, value in found}
    if "SSL_CERT_FILE" in os.environ:
        settings.setdefault("cert", os.environ["SSL_CERT_FILE"])
    for steering in ("require-virtualenv", "user", "target", "prefix", "constraint"):
        settings.pop(steering, None)
    return settings | {"quiet": "1"}


def furnish_home() -> None:
    """A home with pip's settings in it, and our stand-in where ansible-test keeps its download of get-pip.py."""
    config = configparser.ConfigParser(interpolation=None)
    config["global"] = pip_settings()
    pip_conf = HOME / ".config" / "pip" / "pip.conf"
    pip_conf.parent.mkdir(parents=True, exist_ok=True)
    pip_conf.touch(mode=0o600)
    with pip_conf.open("w", encoding="utf-8") as file:
        config.write(file)
    from ansible_test._internal import python_requirements

    pinned = re.search(r"pip='([\d.]+)'", Path(python_requirements.__file__).read_text("utf-8"))
    if not pinned:
        raise SystemExit("This ansible-test pins pip in another way than 2.19 does: look at tests/sanity/run.py.")
    cache = HOME / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(Path(__file__).with_name("get_pip.py"), cache / f"get_pip_{pinned[1].replace('.', '_')}.py")


def main(tests: list[str]) -> int:
    """Exit status of ansible-test."""
    copy_checkout()
    furnish_home()
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    command = [str(Path(sys.executable).with_name("ansible-test")), "sanity", "--color", "no", "--python", python]
    for test in tests:
        command += ["--test", test]
    return subprocess.run(command, cwd=COPY, env=os.environ | {"HOME": str(HOME)}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
