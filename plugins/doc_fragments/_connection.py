# Copyright (c) 2026 Dejima contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this doc fragment is PRIVATE to the collection. It can have breaking changes at any time.
"""Where to connect and as whom."""

from __future__ import annotations


class ModuleDocFragment:
    """Connection options of every module and of the inventory plugin."""

    DOCUMENTATION = r"""
options:
  hostname:
    description:
      - vCenter, or an ESX host reached directly.
      - Hosts from the P(dejima.hypervisor.vsphere#inventory) inventory bring their connection along.
    type: str
    env:
      - name: VMWARE_HOST
  username:
    description:
      - User to sign in as.
    type: str
    aliases: [user]
    env:
      - name: VMWARE_USER
  password:
    description:
      - Password of the user. It never appears in results, logs or process lists.
    type: str
    aliases: [pass]
    env:
      - name: VMWARE_PASSWORD
  port:
    description:
      - Port of the API.
    type: int
    default: 443
    env:
      - name: VMWARE_PORT
  validate_certs:
    description:
      - Whether the server's certificate must be trusted.
      - Rather than switching this off, give O(ca_file) or O(thumbprint).
    type: bool
    default: true
    env:
      - name: VMWARE_VALIDATE_CERTS
  ca_file:
    description:
      - PEM file with the certificates to trust instead of the system's.
    type: path
    env:
      - name: VMWARE_CA_FILE
  thumbprint:
    description:
      - SHA-256 of the one certificate to accept, colon separated. It is compared before anything is sent.
    type: str
    env:
      - name: VMWARE_THUMBPRINT
"""

    MODULE = r"""
options:
  hostname:
    description:
      - vCenter, or an ESX host reached directly. If not given, E(VMWARE_HOST) is used.
      - Hosts from the P(dejima.hypervisor.vsphere#inventory) inventory bring their connection along.
    type: str
  username:
    description:
      - User to sign in as. If not given, E(VMWARE_USER) is used.
    type: str
    aliases: [user]
  password:
    description:
      - Password of the user. If not given, E(VMWARE_PASSWORD) is used.
      - It never appears in results, logs or process lists.
    type: str
    aliases: [pass]
  port:
    description:
      - Port of the API. If not given, E(VMWARE_PORT) is used.
    type: int
    default: 443
  validate_certs:
    description:
      - Whether the server's certificate must be trusted. If not given, E(VMWARE_VALIDATE_CERTS) is used.
      - Rather than switching this off, give O(ca_file) or O(thumbprint).
    type: bool
    default: true
  ca_file:
    description:
      - PEM file with the certificates to trust instead of the system's, on the machine the task runs on.
      - If not given, E(VMWARE_CA_FILE) is used.
    type: path
  thumbprint:
    description:
      - SHA-256 of the one certificate to accept, colon separated. It is compared before anything is sent.
      - If not given, E(VMWARE_THUMBPRINT) is used.
    type: str
requirements:
  - pyvmomi >= 9.0
"""
