"""`python -m gemini_sandbox`, or this file by its path in an isolated Python (`-I -S`), as the witness starts."""

import sys
from pathlib import Path

if __package__ in (None, ""):
    # Last, so that nothing beside this package hides a module of the standard library.
    sys.path.append(str(Path(__file__).resolve().parents[1]))

from gemini_sandbox.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
