"""Fixtures for every folder of tests. Importing this starts nothing."""

import pytest
from chromium_fixture import browsers_last, chromium
from hypothesis import HealthCheck, settings
from platform_fixture import platform
from postgresql_fixture import postgresql

__all__ = ["chromium", "platform", "postgresql"]


# How long an example takes is the machine's matter, not the code's.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

LONG = ("soak", "faults")
"""Marks of tests that have a target of their own: they run where they are asked for by `-m`."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Pytest's hook: the order of all tests, and which of them are left out."""
    browsers_last(items)
    asked = config.option.markexpr
    left_out = [item for item in items if any(mark not in asked and item.get_closest_marker(mark) for mark in LONG)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]
