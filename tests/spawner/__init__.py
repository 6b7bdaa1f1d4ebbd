"""The spawner's parts, each alone; the whole of it is in tests/hub."""
