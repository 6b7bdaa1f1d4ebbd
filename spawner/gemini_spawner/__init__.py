"""Spawners that turn a launch plan into a sandbox or a pod."""
