# Copyright (c) 2026 Dejima contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The property collector: a filter in, its pages out as plain values. What to ask for is others' business."""

from __future__ import annotations

import re
import typing as t

from . import faults, sdk
from .session import Session
from .wire import plain

PAGE = 100
"""Objects a page: what vCenter itself prefers, and small enough to keep memory flat."""
KEYED = re.compile(r'\["([^"]*)"\]$')
"""The key at the end of a property path."""
Rows = dict[tuple[str, str], tuple[dict[str, t.Any], dict[str, str]]]
"""{(kind, managed object id): ({path: value}, {path: why there is none})}"""


def types() -> t.Any:
    """The data types of the property collector."""
    return sdk.vmodl.query.PropertyCollector


def property_spec(kind: t.Any, paths: t.Iterable[str]) -> t.Any:
    """These paths of objects of this type."""
    return types().PropertySpec(type=kind, pathSet=sorted(paths), all=False)


def filter_spec(props: list[t.Any], objects: list[t.Any]) -> t.Any:
    """These properties of what is reached from these objects."""
    return types().FilterSpec(propSet=props, objectSet=objects, reportMissingObjectsInResults=False)


def read_pages(session: Session, specs: list[t.Any], page_size: int = PAGE) -> Rows:
    """All pages of an answer; one request a page. Faults pass through."""
    collector = session.reference("propertyCollector")
    options = types().RetrieveOptions(maxObjects=page_size)
    page = session.call(collector, "RetrievePropertiesEx", specSet=specs, options=options)
    rows: Rows = {}
    while page is not None:
        for content in page.objects or []:
            values = {item.name: plain(item.val) for item in content.propSet or []}
            missing = {
                item.path: faults.explain(item.fault, session.user)[0]
                for item in content.missingSet or []
                if not _no_such_element(item)
            }
            reference = content.obj
            rows[_kind(reference), reference._moId] = (values, missing)
        token = page.token
        page = session.call(collector, "ContinueRetrievePropertiesEx", token=token) if token else None
    return rows


def _no_such_element(item: t.Any) -> bool:
    """A key that an array does not have is absent, whichever way the server chooses to say so."""
    return faults.name_of(item.fault) == "InvalidProperty" and KEYED.search(item.path) is not None


def _kind(reference: t.Any) -> str:
    for kind in ("HostSystem", "Network", "Datacenter", "Folder", "ComputeResource", "VirtualMachine"):
        if isinstance(reference, getattr(sdk.vim, kind)):
            return kind
    return str(type(reference)._wsdlName)
