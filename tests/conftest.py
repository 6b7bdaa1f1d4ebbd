"""Fixtures for every folder of tests. Importing this starts nothing."""

from platform_fixture import platform

__all__ = ["platform"]
