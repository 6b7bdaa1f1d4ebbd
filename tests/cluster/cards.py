"""Nodes that advertise cards which they have not, by the API of Kubernetes alone, and take it back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from installed_fixture import kubectl


def _real_node() -> dict[str, Any]:
    """A node that takes pods and runs them."""
    nodes = json.loads(kubectl("get", "nodes", "-o", "json"))["items"]
    return next(one for one in nodes if not one["spec"].get("taints") and not one["spec"].get("unschedulable"))


def _patch(node: str, resource: str, count: str | None) -> None:
    told = {resource: count}
    body = json.dumps({"status": {"capacity": told, "allocatable": told}})
    kubectl("patch", "node", node, "--subresource=status", "--type=merge", "-p", body)


@contextmanager
def advertised(resource: str, count: int) -> Iterator[str]:
    """A node that offers `count` of a resource, by its name; one that has as many already stays as it is."""
    node = _real_node()
    name, had = node["metadata"]["name"], node["status"]["allocatable"].get(resource)
    if had is not None and int(had) >= count:
        yield name
        return
    _patch(name, resource, str(count))
    try:
        yield name
    finally:
        _patch(name, resource, had)
