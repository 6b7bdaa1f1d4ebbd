"""Migrations of the control plane's database, run in-process by `store.migrate`."""
