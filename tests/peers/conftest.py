# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stock vcsim on a free loopback port. `make peers` builds it."""

from __future__ import annotations

import os
import re
import secrets
import ssl
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.needs import require_or_skip
from tests.peers.build_vcsim import BINARY, VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CLUSTERS, HOSTS_PER_CLUSTER, STANDALONE = 2, 3, 1


@dataclass(frozen=True)
class Vcsim:
    """Where vcsim answers and how to log in. `certificate` is a PEM file that a client can trust."""

    address: str
    port: int
    certificate: Path
    username: str
    password: str
    hosts: int = CLUSTERS * HOSTS_PER_CLUSTER + STANDALONE

    @property
    def environment(self) -> dict[str, str]:
        """What the collections for VMware read from the environment."""
        return {
            "VMWARE_HOST": self.address,
            "VMWARE_PORT": str(self.port),
            "VMWARE_USER": self.username,
            "VMWARE_PASSWORD": self.password,
        }


@pytest.fixture
def vcsim(tmp_path: Path) -> Iterator[Vcsim]:
    """A fresh vcsim for every test, since tests change it."""
    require_or_skip(BINARY.is_file(), f"needs vcsim {VERSION}: `make peers` builds it, with Go")
    # Without a domain: vcsim takes "@vsphere.local" off what a client sends before it compares.
    username, password = "peer", secrets.token_urlsafe(12)
    model = ["-cluster", str(CLUSTERS), "-host", str(HOSTS_PER_CLUSTER), "-standalone-host", str(STANDALONE)]
    command = [str(BINARY), "-l", "127.0.0.1:0", "-username", username, "-password", password, *model]
    with (tmp_path / "vcsim.log").open("w") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=_environment())
        try:
            yield _answering(process, tmp_path, username, password)
        finally:
            process.terminate()
            process.communicate(timeout=10)


def _environment() -> dict[str, str]:
    """No GOVC_* or VCSIM_* of the user's shell: stock means stock."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("GOVC_", "VCSIM_"))}


def _answering(process: subprocess.Popen[str], place: Path, username: str, password: str) -> Vcsim:
    """Read what it prints first, `export GOVC_URL=https://user:password@127.0.0.1:port/sdk ...`, and ask who it is."""
    line = process.stdout.readline() if process.stdout else ""
    url = re.search(r"GOVC_URL=(\S+)", line)
    if not url:
        pytest.fail(f"vcsim did not start: {line}{(place / 'vcsim.log').read_text()}")
    at = urlsplit(url[1])
    address, port = at.hostname or "", at.port or 0
    certificate = place / "vcsim.pem"
    certificate.write_text(ssl.get_server_certificate((address, port)))
    return Vcsim(address, port, certificate, username, password)
