"""Tries to get out of a sandbox, run as root inside. Standard library only; not a test module of pytest's.

Reads what the host knows (ports, paths) as JSON from argv[1] and prints {name: outcome}. An attempt that raises
OSError was denied; one that returns a text got through, and the text is the evidence.
"""
