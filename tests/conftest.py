"""Fixtures for every folder of tests. Importing this starts nothing."""

import pytest
from chromium_fixture import browsers_last, chromium
from platform_fixture import platform

__all__ = ["chromium", "platform"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Pytest's hook: the order of all tests."""
    browsers_last(items)
