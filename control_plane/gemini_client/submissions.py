"""From what a person typed to a training submission: everything sensible filled in, names made ids, checked as the
form is (TRAIN-3)."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from gemini_core import submissions
from gemini_core.errors import InvalidInput
from gemini_core.ranks import Role
from gemini_core.states import LaunchMode
from gemini_core.submissions import NAME_LIMIT, Form, trimmed

from gemini_client.handles import TaskHandle
from gemini_client.names import Lookup, Pick
from gemini_client.options import OPTIONS, RESOURCES, Option, Options

if TYPE_CHECKING:
    from gemini_client.sync import Client

__all__ = ["OPTIONS", "Option", "Options", "command_of", "draft_task", "submit"]

Body = dict[str, Any]
Model = dict[str, Any]
CODE = "/gemini/code/"
_INTERPRETERS = {".py": ("python",), ".sh": ("bash",)}
_CARDS = re.compile(r"(\d+)\s*x\s*(\S.*)")


def draft_task(client: Client, options: Options, script: str | None = None, arguments: Sequence[str] = ()) -> Body:
    """The body of a submission (API-3) of `script`, a path in the project's code, or of the option `command`.

    What is not given is filled in: the environment around us where one runs, else resources of its own; the data
    that is mounted there; a name from the script. InvalidInput, naming the field, for the first thing that is
    missing or not there. Nothing is sent that makes anything.
    """
    return _Draft(client, options, script, arguments).body()


def submit(client: Client, body: Body, pages: str | None = None) -> TaskHandle:
    """Submits it; `pages` as `TaskHandle` takes it."""
    return TaskHandle(client, client.tasks.create(body)["taskId"], pages=pages)


def command_of(script: str, arguments: Sequence[str] = ()) -> str:
    """The command that runs `script` with `arguments`, as a shell reads it."""
    path = _relative(script)
    interpreter = _INTERPRETERS.get(PurePosixPath(path).suffix.lower())
    return shlex.join([*(interpreter or ()), path if interpreter else f"./{path}", *arguments])


def _relative(script: str) -> str:
    path = script.strip().removeprefix(CODE)
    return str(PurePosixPath(path)) if path else ""


class _Draft:
    """One submission on its way; each thing is asked for at most once, and only where it is needed."""

    def __init__(self, client: Client, options: Options, script: str | None, arguments: Sequence[str]) -> None:
        self.client = client
        self.options = options
        self.script = _relative(script or "")
        self.arguments = arguments
        self.lookup = Lookup(client)

    def body(self) -> Body:
        """The whole of it."""
        environment = self.environment
        datasets = self._said("dataset") or self._mounted("dataset")
        models = self._said("model") or (self._mounted("model") if environment else ())
        zone = "" if environment else self._zone()
        form = Form(
            task_name=self.name,
            datasets=tuple(str(one) for one in datasets),
            models=tuple(str(one) for one in models),
            launch_mode=LaunchMode.EXISTING if environment else LaunchMode.DYNAMIC,
            environment_id=environment["id"] if environment else "",
            zone=zone,
            command=self.command,
            mode=submissions.DISTRIBUTED if self.roles else submissions.STANDALONE,
            roles=self.roles,
            description=trimmed(self._text("description")),
            max_duration=self.options.get("max_duration"),
            priority=self._text("priority") or submissions.PRIORITY,
            retries=int(self.options.get("retries") or 0),
        )
        for problem in submissions.problems(form):
            raise problem
        picks = {"dataset": self._picks("dataset", datasets), "model": self._picks("model", models)}
        place = {"environmentId": form.environment_id} if environment else self._resources(zone)
        texts = {"command": form.command, "description": form.description}
        body = {"taskName": form.task_name, "launchMode": str(form.launch_mode), **place, **_mounts(picks)}
        body |= {key: value for key, value in texts.items() if value}
        body |= {} if form.max_duration is None else {"maxDuration": form.max_duration}
        body |= {"retries": form.retries} if form.retries else {}
        body |= {} if form.priority == submissions.PRIORITY else {"priority": form.priority}
        body |= {"mode": form.mode, "roles": [_role(one) for one in form.roles]} if form.roles else {}
        return body | ({"projectId": self.project} if self.project else {})

    @property
    def name(self) -> str:
        """The option's, else the script's, else that of the file in the command."""
        named = trimmed(self._text("name"))
        said = " ".join([self.command, *(role.command for role in self.roles)])
        script = self.script or next((word for word in said.split() if word.endswith((".py", ".sh"))), "")
        return named or PurePosixPath(script).stem[:NAME_LIMIT] or (self._of_project() if not named else "")

    def _of_project(self) -> str:
        project = (self.environment or {}).get("projectName") or ""
        return str(project) if self.environment and not self.command else ""

    @property
    def command(self) -> str:
        """The option's, else the script's; empty means the project's default."""
        given = trimmed(self._text("command"))
        if given and self.script:
            raise InvalidInput("script-and-command", field="command")
        return given or (command_of(self.script, self.arguments) if self.script else "")

    @property
    def roles(self) -> tuple[Role, ...]:
        """Those of a distributed task."""
        return tuple(self.options.get("role") or ())

    @cached_property
    def me(self) -> Model:
        """Who asks, and from where."""
        return dict(self.client.me())

    @cached_property
    def around(self) -> Model | None:
        """The environment that we are in."""
        own = self.me["environmentId"]
        return dict(self.client.environments.get(own)) if own else None

    @cached_property
    def environment(self) -> Model | None:
        """The environment to train in: the one named, else the one around us; None for resources of its own."""
        named = self._text("env")
        wished = next((name for name in RESOURCES if self.options.get(name.replace("-", "_"))), None)
        if named and wished:
            raise InvalidInput("environment-or-resources", field="launchMode", option=wished)
        if named:
            return self.lookup.environment(named, self.me["name"])
        return None if wished or self.roles else self.around

    @cached_property
    def project(self) -> str:
        """The id of the project; empty leaves it to the platform: the environment's, else the person's last."""
        said, workspace = self._text("project"), self.workspace
        if said:
            known = [one for one in self.lookup.all("projects") if workspace in (None, one["workspaceId"])]
            return str(self.lookup.of(known, said, "project", "projectId")["id"])
        if workspace and not self.environment:
            return next((one["id"] for one in self.lookup.all("projects") if one["workspaceId"] == workspace), "")
        return str(self.around["projectId"]) if self.around and not self.environment else ""

    @cached_property
    def workspace(self) -> str | None:
        """The id of the workspace that was named."""
        said = self._text("workspace")
        if not said:
            return None
        return str(self.lookup.of(self.me["workspaces"], said, "workspace", "workspaceId")["id"])

    def _text(self, key: str) -> str:
        return str(self.options.get(key) or "")

    def _said(self, key: str) -> tuple[str, ...]:
        said = self.options.get(key) or ()
        return (said,) if isinstance(said, str) else tuple(said)

    def _mounted(self, kind: str) -> tuple[Pick, ...]:
        there = self.environment or self.around
        mounts = there["mounts"] if there else ()
        return tuple(Pick(one["assetId"], one["versionId"]) for one in mounts if one["kind"] == kind)

    def _picks(self, kind: str, chosen: Sequence[str | Pick]) -> tuple[Pick, ...]:
        there = self.environment or self.around
        workspace = there["workspaceId"] if there else self.workspace
        return tuple(
            one if isinstance(one, Pick) else self.lookup.asset(kind, one.strip(), workspace) for one in chosen
        )

    def _zone(self) -> str:
        """The id of the zone named or of the only one that it can be; empty where the person must say."""
        zones = self.lookup.all("zones")
        if self._text("zone"):
            return str(self.lookup.one("zones", self._text("zone"), "zone", "resourceConfig.availabilityZone")["id"])
        if self._text("spec"):
            return str(self._specification("")["zone"])
        kind = self._cards()[0]
        able = [one["id"] for one in zones if one["available"] and (not kind or kind in one["gpuInventory"])]
        here = self.around["availabilityZone"] if self.around else ""
        return str(here if here in able else able[0] if len(able) == 1 else "")

    def _specification(self, zone: str) -> Model:
        known = [one for one in self.lookup.all("specifications") if zone in ("", one["zone"])]
        return self.lookup.of(known, self._text("spec"), "specification", "specificationId")

    def _cards(self) -> tuple[str, int]:
        kind, count = self._text("gpu").strip(), self.options.get("gpu_count")
        both = _CARDS.fullmatch(kind)
        if both:
            kind, count = both[2], int(both[1]) if count is None else count
        return kind, int(count if count is not None else bool(kind))

    def _resources(self, zone: str) -> Body:
        """A specification where one is meant, else the free choice; the image is said beside either."""
        free = {key: self.options.get(key) for key in ("cpu", "memory", "gpu", "gpu_count")}
        image = {"image": self._text("image")} if self._text("image") else {}
        if self._text("spec") and any(value is not None for value in free.values()):
            raise InvalidInput("resources-twice", field="specificationId")
        kind, count = self._cards()
        chosen = self._specification(zone) if self._text("spec") else self._fitting(zone, kind, count)
        if chosen is not None:
            return {"specificationId": chosen["id"], **({"resourceConfig": image} if image else {})}
        config = {"cpuCores": free["cpu"], "memory": free["memory"], "gpuType": kind or None, "gpuCount": count}
        given = {key: value for key, value in config.items() if value is not None}
        return {"resourceConfig": {"availabilityZone": zone, **given, **image}}

    def _fitting(self, zone: str, kind: str, count: int) -> Model | None:
        """The zone's own specification with these cards, its default one first; None where sizes were named."""
        if self.options.get("cpu") is not None or self.options.get("memory") is not None:
            return None
        able = [
            one
            for one in self.lookup.all("specifications")
            if one["zone"] == zone and one["gpuCount"] == count and (not count or one["gpuType"] == kind)
        ]
        return next((one for one in able if one["isDefault"]), able[0] if able else None)


def _role(role: Role) -> Body:
    command = {"command": role.command} if role.command else {}
    return {"name": role.name, "instances": role.instances, **command}


def _mounts(picks: dict[str, tuple[Pick, ...]]) -> Body:
    """The first dataset and model as API-3 has them, all of them in lists where there are more."""
    body: Body = {}
    for kind, chosen in picks.items():
        if chosen:
            body[f"{kind}Id"] = chosen[0].asset
            body |= {f"{kind}VersionId": chosen[0].version} if chosen[0].version else {}
        if len(chosen) > 1:
            body[f"{kind}s"] = [
                {f"{kind}Id": one.asset, **({"versionId": one.version} if one.version else {})} for one in chosen
            ]
    return body
