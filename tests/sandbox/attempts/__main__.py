"""Makes all attempts and prints {name: outcome}."""

import json

# Each adds its attempts.
from . import data, devices, host, kernel, mounts, namespaces, network, processes  # noqa: F401
from .calls import ATTEMPTS, FILE, text_of, writes


def main():
    # A control: what must work does, so that a broken sandbox does not look like a tight one.
    outcomes = {"read the data": text_of(FILE), "write the code": bool(writes("/gemini/code/mine", "x"))}
    report = {}
    for name, function in ATTEMPTS.items():
        try:
            report[name] = {"through": str(function())}
        except OSError as error:
            report[name] = {"denied": str(error)}
    print(json.dumps({"controls": outcomes, "attempts": report}))


main()
