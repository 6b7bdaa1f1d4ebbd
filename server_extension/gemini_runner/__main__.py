"""Entry: `python -I -S <folder>/gemini_runner/__main__.py <spec.json>`.

Isolated mode leaves the package's own folder out of the path, so it is put there first.
"""

import os
import sys

if __package__ in (None, ""):
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from gemini_runner.runner import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
