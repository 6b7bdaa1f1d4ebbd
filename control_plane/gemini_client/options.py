"""The options of a training submission as data: the notebook and the command line build their parsers from it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gemini_core.durations import seconds_of
from gemini_core.errors import InvalidInput
from gemini_core.messages import text
from gemini_core.queueing import PRIORITIES
from gemini_core.ranks import Role

Options = Mapping[str, Any]
"""Values by `Option.key`; what a person did not give is missing or None, a repeatable one is a sequence."""


@dataclass(frozen=True)
class Option:
    """`--<name> <metavar>`. `kind` says what `read` makes of it; `names` which things of the platform complete it."""

    name: str
    kind: str = "text"
    many: bool = False
    names: str = ""
    field: str = ""
    about: str = ""
    """Whose text its help is, where another option of the same name means something else."""

    @property
    def key(self) -> str:
        """Its name as Python spells it."""
        return self.name.replace("-", "_")

    @property
    def metavar(self) -> str:
        """What stands for its value in a help."""
        return {"text": "TEXT" if not self.names else "NAME"}.get(self.kind, self.kind.upper())

    @property
    def help_name(self) -> str:
        """The name of its help among the texts."""
        return f"option.{self.about or self.name}"

    def help(self, language: str) -> str:
        """What it is for."""
        return text(self.help_name, language)

    def read(self, said: str, language: str = "en") -> Any:
        """Its value, from what a person typed. InvalidInput names the option and what it takes."""
        try:
            return _READERS[self.kind](said)
        except (ValueError, OverflowError) as error:
            expected = text(f"expected.{self.kind}", language)
            raise InvalidInput(
                "option-unfit", field=self.field, option=self.name, value=said, expected=expected
            ) from error


def _count(said: str) -> int:
    if not (said.isascii() and said.isdigit()):
        raise ValueError("no whole number")
    return int(said)


def _number(said: str) -> float:
    value = float(said)
    if not (math.isfinite(value) and value > 0):
        raise ValueError("not above 0")
    return value


def _memory(said: str) -> float:
    return _number(re.sub(r"\s*G(i?B)?$", "", said.strip(), flags=re.IGNORECASE))


def _priority(said: str) -> str:
    if said not in PRIORITIES:
        raise ValueError("no priority")
    return said


def _role(said: str) -> Role:
    """`name=worker,instances=2,command=python train.py`; the command is all that follows, commas too."""
    facts, _, command = f",{said}".partition(",command=")
    given = dict(part.split("=", 1) for part in facts.split(",") if part.strip())
    given = {key.strip(): value.strip() for key, value in given.items()}
    if set(given) - {"name", "instances"} or not given.get("name"):
        raise ValueError("no role")
    return Role(given["name"], _count(given.get("instances", "1")), command.strip())


_READERS: dict[str, Callable[[str], Any]] = {
    "text": str,
    "count": _count,
    "number": _number,
    "memory": _memory,
    "duration": seconds_of,
    "role": _role,
    "priority": _priority,
}

OPTIONS: tuple[Option, ...] = (
    Option("name", field="taskName"),
    Option("env", names="environments", field="environmentId"),
    Option("zone", names="zones", field="resourceConfig.availabilityZone"),
    Option("spec", names="specifications", field="specificationId"),
    Option("gpu", names="gpus", field="resourceConfig.gpuType"),
    Option("gpu-count", "count", field="resourceConfig.gpuCount"),
    Option("cpu", "number", field="resourceConfig.cpuCores"),
    Option("memory", "memory", field="resourceConfig.memory"),
    Option("image", names="images", field="resourceConfig.image"),
    Option("dataset", many=True, names="datasets", field="datasetId"),
    Option("model", many=True, names="models", field="modelId"),
    Option("command", field="command"),
    Option("role", "role", many=True, field="roles", about="train-role"),
    Option("priority", "priority", field="priority"),
    Option("retries", "count", field="retries"),
    Option("max-duration", "duration", field="maxDuration"),
    Option("description", field="description"),
    Option("project", names="projects", field="projectId"),
    Option("workspace", names="workspaces", field="workspaceId"),
)
RESOURCES = ("zone", "spec", "gpu", "gpu-count", "cpu", "memory", "image")
"""Options that mean resources of its own (TRAIN-1: `dynamic`)."""
