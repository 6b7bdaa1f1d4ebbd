"""Datasets, models, versions and images on the wire. Datasets and models are alike (CAT-1)."""

from __future__ import annotations

from gemini_core.roles import Visibility
from pydantic import Field

from gemini_control.models.wire import Moment, Name, OptionalId, Prose, Tags, WireIn, WireOut


class AssetIn(WireIn):
    """A new dataset or model."""

    name: Name
    tags: Tags = Field(default=[])
    visibility: Visibility = Visibility.WORKSPACE
    workspace_id: OptionalId = None


class AssetPatch(WireIn):
    """What of it changes; what is left out stays."""

    name: Name | None = None
    tags: Tags | None = None
    visibility: Visibility | None = None


class VersionIn(WireIn):
    """Commits the draft as the next version."""

    note: Prose = ""


class VersionOut(WireOut):
    """An immutable version: how many files, how many bytes."""

    id: str
    number: int
    note: str
    files: int
    size: int
    created_by: str
    created_at: Moment


class AssetOut(WireOut):
    """A dataset or a model and its newest version (null before the first)."""

    id: str
    kind: str
    name: str
    tags: list[str]
    visibility: Visibility
    workspace_id: str
    owner: str
    created_at: Moment
    updated_at: Moment
    latest_version: VersionOut | None


class ImageOut(WireOut):
    """An image that environments and tasks can run on."""

    id: str
    name: str
    official: bool
    description: str
