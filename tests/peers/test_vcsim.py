# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The peer itself: what the other tests here stand on."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
from pyVim.connect import Disconnect, SmartConnect
from pyVmomi import vim

if TYPE_CHECKING:
    from tests.peers.conftest import Vcsim


def test_stock_pyvmomi_lists_the_hosts_over_verified_tls(vcsim: Vcsim) -> None:
    trust = ssl.create_default_context(cafile=str(vcsim.certificate))
    service = SmartConnect(
        host=vcsim.address, port=vcsim.port, user=vcsim.username, pwd=vcsim.password, sslContext=trust
    )
    try:
        content = service.RetrieveContent()
        view = content.viewManager.CreateContainerView(content.rootFolder, [vim.HostSystem], True)
        names = [host.name for host in view.view]
    finally:
        Disconnect(service)
    assert len(names) == vcsim.hosts
    assert len(set(names)) == vcsim.hosts


def test_a_wrong_password_is_refused(vcsim: Vcsim) -> None:
    trust = ssl.create_default_context(cafile=str(vcsim.certificate))
    with pytest.raises(vim.fault.InvalidLogin):
        SmartConnect(host=vcsim.address, port=vcsim.port, user=vcsim.username, pwd="wrong", sslContext=trust)
