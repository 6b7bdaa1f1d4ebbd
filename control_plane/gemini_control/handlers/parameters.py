"""Parameters of queries, said once: the base handler holds requests to them, the OpenAPI document shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gemini_core.errors import InvalidInput


@dataclass(frozen=True)
class Parameter:
    """One parameter of a query: any text, one of `choices`, or a whole number between `least` and `most`.

    `form` names a kind of text (OpenAPI's `format`), `pattern` is what it has to look like.
    """

    name: str
    choices: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    pattern: str | None = None
    form: str | None = None

    @property
    def schema(self) -> dict[str, Any]:
        """Its JSON Schema."""
        if self.most is not None:
            return {"type": "integer", "minimum": self.least, "maximum": self.most}
        further = {"enum": list(self.choices) or None, "pattern": self.pattern, "format": self.form}
        return {"type": "string"} | {key: value for key, value in further.items() if value is not None}

    def check(self, value: str) -> str:
        """`value` where it is one of the choices (if there are some), else InvalidInput."""
        if self.choices and value not in self.choices:
            raise InvalidInput("field-choice", field=self.name, choices=", ".join(self.choices))
        return value

    def number(self, value: str) -> int:
        """`value` as a whole number within the bounds, else InvalidInput."""
        least, most = self.least or 0, self.most or 0
        digits = value.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 18 and least <= int(value) <= most):
            raise InvalidInput("field-range", field=self.name, range=f"{least}…{most}")
        return int(value)


def as_parameter(one: Parameter | str) -> Parameter:
    """A name alone is a parameter of any text."""
    return one if isinstance(one, Parameter) else Parameter(one)
