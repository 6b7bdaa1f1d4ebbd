"""The base of all wire models, and the kinds of text that people type."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from gemini_core.money import to_points
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticKnownError

GB = 2**30


class WireIn(BaseModel):
    """What a caller sends: camelCase, no fields that we do not know."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", str_max_length=100_000)


class WireOut(BaseModel):
    """What we answer: camelCase."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    def wire(self) -> dict[str, Any]:
        """The JSON object."""
        return self.model_dump(mode="json", by_alias=True)

    def written(self) -> Written:
        """As JSON text."""
        return Written(self.model_dump_json(by_alias=True))


@dataclass(frozen=True, slots=True)
class Written:
    """A wire model that is JSON text already. `lasting`: it says nothing that moves by itself (cost, use)."""

    text: str
    lasting: bool = False


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


Moment = Annotated[AwareDatetime, PlainSerializer(_iso, return_type=str)]
"""A moment: ISO 8601 in UTC, ending in Z."""

Points = Annotated[int, PlainSerializer(to_points, return_type=str), Field(description="算力点, a decimal string")]
"""Money: whole micro-points inside, `"0.350000"` outside."""


def clean(text: str) -> str:
    """`text` without surrounding blanks. Control characters (NUL among them) and lone surrogates are refused."""
    text = text.strip()
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t":
            raise ValueError("control-character")
    return text


def one_line(text: str) -> str:
    """As `clean`, and on one line."""
    text = clean(text)
    if "\n" in text or "\t" in text:
        raise ValueError("control-character")
    return text


def as_person(text: str) -> str:
    """A person's name at the hub: one line that is not empty."""
    text = one_line(text)
    if not text:
        raise ValueError("required")
    return text


def as_name(text: str) -> str:
    """A name that a person types (CAT-2): no `/`, not `.` or `..`."""
    text = one_line(text)
    if not text:
        raise ValueError("required")
    if "/" in text or "\\" in text or text in (".", ".."):
        raise ValueError("path-as-name")
    return text


def _no_blank(tags: list[str]) -> list[str]:
    return list(dict.fromkeys(tag for tag in tags if tag))


def as_whole(value: Any) -> Any:
    """What a whole number is read from: `true` and `"2"` are none."""
    if isinstance(value, bool | str):
        raise PydanticKnownError("int_type")
    return value


def as_number(value: Any) -> Any:
    """What a number is read from: `true` and `"2"` are none."""
    if isinstance(value, bool | str):
        raise PydanticKnownError("float_type")
    return value


Whole = Annotated[int, BeforeValidator(as_whole)]
"""A whole number; `true` and `"2"` are none."""

Number = Annotated[float, BeforeValidator(as_number)]
"""A number; `true` and `"2"` are none."""


def _blank_is_none(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


# What the validators take, for the OpenAPI document: blanks around it are taken off.
_CONTROL = r"\u0000-\u001f\u007f-\u009f"
_LINE = {"pattern": rf"^\s*[^{_CONTROL}]*\s*$"}
_FILLED = {"pattern": rf"^\s*[^\s{_CONTROL}][^{_CONTROL}]*\s*$"}
_PROSE = {"pattern": rf"^\s*([^{_CONTROL}]|[\n\t])*\s*$"}
_NAME = {"pattern": rf"^\s*(?!\.{{1,2}}\s*$)[^{_CONTROL}/\\]*[^\s{_CONTROL}/\\][^{_CONTROL}/\\]*\s*$"}

Name = Annotated[str, Field(max_length=64, json_schema_extra=_NAME), AfterValidator(as_name)]
"""A name: 1 to 64 characters (PROJ-1, CAT-2); emoji and markup are ordinary text, a path is not."""

Line = Annotated[str, Field(max_length=255, json_schema_extra=_LINE), AfterValidator(one_line)]
"""Any text on one line."""

Person = Annotated[str, Field(max_length=255, json_schema_extra=_FILLED), AfterValidator(as_person)]
"""The name of a person of the hub."""

OptionalPerson = Annotated[Person | None, BeforeValidator(_blank_is_none)]
"""A person, or nobody; a form's empty line is nobody."""

Prose = Annotated[str, Field(max_length=4000, json_schema_extra=_PROSE), AfterValidator(clean)]
"""A description, a command: several lines."""

Tags = Annotated[
    list[Annotated[str, Field(max_length=32, json_schema_extra=_LINE), AfterValidator(one_line)]],
    AfterValidator(_no_blank),
    Field(max_length=20),
]
"""Up to 20 tags of up to 32 characters; blanks and repetitions are dropped."""

_ID = Annotated[str, Field(max_length=64, json_schema_extra=_LINE), AfterValidator(one_line)]
OptionalId = Annotated[_ID | None, BeforeValidator(_blank_is_none)]
"""An id, or nothing; a form's empty choice is nothing."""
