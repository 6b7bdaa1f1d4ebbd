"""From what a person typed to the body of an environment: names made ids, the rest left to the platform's defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gemini_client.names import Lookup

from gemini_cli.errors import Refusal
from gemini_cli.session import Session
from gemini_cli.words import say

Wire = dict[str, Any]
FREE = ("zone", "gpu", "gpu_count", "cpu", "memory")


def draft_environment(session: Session, wishes: Mapping[str, Any]) -> Wire:
    """The body of a new environment. GeminiError where a name is nobody's or several things'."""
    lookup = Lookup(session.client)
    project = _project(lookup, wishes["project"])
    body = {
        "name": wishes["name"],
        "projectId": project["id"],
        "image": _image(lookup, wishes["image"]),
        "tags": list(wishes["tags"]),
        "datasets": [_mount(lookup, "dataset", said, project) for said in wishes["datasets"]],
        "models": [_mount(lookup, "model", said, project) for said in wishes["models"]],
    }
    if any(wishes[name] is not None for name in FREE):
        return {**body, "resourceConfig": _resources(lookup, wishes)}
    if wishes["spec"] is None:
        return body  # the project's, else the platform's
    return {**body, "specificationId": _specification(lookup, wishes["spec"])}


def draft_again(found: Mapping[str, Any]) -> Wire:
    """The body that describes an environment that is there: for the price of another start."""
    mounts: dict[str, list[Wire]] = {"dataset": [], "model": []}
    for one in found["mounts"]:
        mounts[one["kind"]].append({f"{one['kind']}Id": one["assetId"], "versionId": one["versionId"]})
    body = {key: found[key] for key in ("name", "projectId", "image")}
    body |= {"datasets": mounts["dataset"], "models": mounts["model"]}
    if found["specificationId"]:
        return {**body, "specificationId": found["specificationId"]}
    keys = ("availabilityZone", "gpuType", "gpuCount", "cpuCores", "memory")
    return {**body, "resourceConfig": {key: found[key] for key in keys}}


def _project(lookup: Lookup, said: str | None) -> Wire:
    if said is not None:
        return lookup.one("projects", said, "project", "projectId")
    projects = lookup.all("projects")
    if not projects:
        raise Refusal(say("There is no project yet. Make one on the platform's pages."), name="project-required")
    return projects[0]


def _image(lookup: Lookup, said: str | None) -> str:
    return said or str(next((one["id"] for one in lookup.all("images")), ""))


def _mount(lookup: Lookup, kind: str, said: str, project: Wire) -> Wire:
    pick = lookup.asset(kind, said, project["workspaceId"])
    return {f"{kind}Id": pick.asset, **({"versionId": pick.version} if pick.version else {})}


def _specification(lookup: Lookup, said: str) -> str:
    return str(lookup.one("specifications", said, "specification", "specificationId")["id"])


def _resources(lookup: Lookup, wishes: Mapping[str, Any]) -> Wire:
    said = wishes["zone"]
    zones = lookup.all("zones")
    zone = lookup.one("zones", said, "zone", "resourceConfig.availabilityZone") if said else next(iter(zones), {})
    count = wishes["gpu_count"] if wishes["gpu_count"] is not None else int(wishes["gpu"] is not None)
    sizes = {"cpuCores": wishes["cpu"], "memory": wishes["memory"], "gpuType": wishes["gpu"]}
    given = {key: value for key, value in sizes.items() if value is not None}
    return {"availabilityZone": zone.get("id"), "gpuCount": count, **given}
