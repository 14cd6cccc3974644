"""What a route takes in its body: one declaration reads it, refuses the rest and describes it.

``@verb("plan", Day("planned_on"), Row("assigned_to_id", Agent))``: the method gets the typed values
by name; what is missing has its default, or None. A field that is not declared is refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from base import arguments
from base.errors import InvalidInput
from base.i18n import _


class Arg:
    """One field of a body."""

    def __init__(
        self, name: str, *, required: bool = False, default: Any = None, about: str = ""
    ) -> None:
        self.name, self.required, self.default, self.about = name, required, default, about

    def value(self, session: Any, given: Mapping[str, Any]) -> Any:
        """The typed value of a field that is there.

        Raises:
            InvalidInput: it is not of this nature.
        """
        return given[self.name]

    def kind(self) -> dict[str, Any]:
        """The JSON schema of the field."""
        return {}

    def schema(self) -> dict[str, Any]:
        """The same with what it is for, and that it may be null."""
        found = self.kind()
        if self.about:
            found["description"] = self.about
        if not self.required and found:
            found["nullable"] = True
        return found

    def read(self, session: Any, given: Mapping[str, Any]) -> Any:
        """The typed value, or the default when the body leaves the field out.

        Raises:
            InvalidInput: it is required and missing, or not of this nature.
        """
        if given.get(self.name) is None or given[self.name] == "":
            if self.required:
                words = _("Ce champ est obligatoire.")
                raise InvalidInput(words, {self.name: words})
            return self.default
        return self.value(session, given)


class Text(Arg):
    """A text of at most ``limit`` characters; empty when it is left out, unless said otherwise."""

    def __init__(self, name: str, limit: int, *, default: Any = "", **options: Any) -> None:
        super().__init__(name, default=default, **options)
        self.limit = limit

    def value(self, session: Any, given: Mapping[str, Any]) -> str:
        """The text without blanks at its ends."""
        return arguments.text(given, self.name, self.limit)

    def kind(self) -> dict[str, Any]:
        """A string."""
        return {"type": "string", "maxLength": self.limit}


class Number(Arg):
    """An exact number with at most ``places`` decimals: "12.50" or 12.5."""

    def __init__(self, name: str, *, places: int, **options: Any) -> None:
        super().__init__(name, **options)
        self.places = places

    def value(self, session: Any, given: Mapping[str, Any]) -> Any:
        """The number."""
        return arguments.decimal(given, self.name, places=self.places)

    def kind(self) -> dict[str, Any]:
        """A number, or its text."""
        return {"oneOf": [{"type": "string", "example": "12.5"}, {"type": "number"}]}


class Day(Arg):
    """A day, ISO."""

    def value(self, session: Any, given: Mapping[str, Any]) -> Any:
        """The day."""
        return arguments.day(given, self.name)

    def kind(self) -> dict[str, Any]:
        """A date."""
        return {"type": "string", "format": "date"}


class Flag(Arg):
    """``true`` or ``false``."""

    def value(self, session: Any, given: Mapping[str, Any]) -> bool:
        """The truth."""
        if not isinstance(given[self.name], bool):
            words = _("« true » ou « false » est attendu.")
            raise InvalidInput(words, {self.name: words})
        return bool(given[self.name])

    def kind(self) -> dict[str, Any]:
        """A boolean."""
        return {"type": "boolean"}


class Choice(Arg):
    """One of the values of an enumeration."""

    def __init__(self, name: str, values: type[StrEnum], **options: Any) -> None:
        super().__init__(name, **options)
        self.values = values

    def value(self, session: Any, given: Mapping[str, Any]) -> Any:
        """The value."""
        first: Any = next(iter(self.values))
        return arguments.one_of(given, self.name, self.values, first)

    def kind(self) -> dict[str, Any]:
        """A string of a list."""
        return {"type": "string", "enum": [str(value) for value in self.values]}


class Row(Arg):
    """The id of a row of a model, in the person's scope."""

    def __init__(self, name: str, model: Any, **options: Any) -> None:
        super().__init__(name, **options)
        self.model = model

    def value(self, session: Any, given: Mapping[str, Any]) -> Any:
        """The row."""
        return arguments.row(session, given, self.name, self.model)

    def kind(self) -> dict[str, Any]:
        """An integer."""
        return {"type": "integer", "format": "int64"}


class Json(Arg):
    """An object or a list, which the verb itself looks at."""

    def __init__(self, name: str, of: dict[str, Any], **options: Any) -> None:
        super().__init__(name, **options)
        self.of = of

    def value(self, session: Any, given: Mapping[str, Any]) -> Any:
        """The object or list."""
        is_list = self.of.get("type") == "array"
        if not isinstance(given[self.name], list if is_list else dict):
            words = _("Une liste est attendue.") if is_list else _("Un objet est attendu.")
            raise InvalidInput(words, {self.name: words})
        return given[self.name]

    def kind(self) -> dict[str, Any]:
        """As declared."""
        return dict(self.of)


class Takes:
    """The fields of a body; with ``free`` it is an object of any keys, which the verb reads."""

    def __init__(self, *fields: Arg, free: bool = False) -> None:
        self.fields, self.free = fields, free

    def __bool__(self) -> bool:
        return bool(self.fields) or self.free

    def read(self, session: Any, given: Mapping[str, Any]) -> dict[str, Any]:
        """The typed values by name, all faults at once.

        Raises:
            InvalidInput: a field is unknown, missing or not of its nature.
        """
        if self.free:
            return dict(given)
        known = {field.name for field in self.fields}
        errors: dict[str, Any] = {
            str(name): _("Ce champ n’existe pas.") for name in given if name not in known
        }
        found: dict[str, Any] = {}
        first = ""
        for field in self.fields:
            try:
                found[field.name] = field.read(session, given)
            except InvalidInput as fault:
                first = first or str(fault)
                errors.update(fault.errors or {field.name: str(fault)})
        if errors:
            raise InvalidInput(
                first if len(errors) == 1 and first else _("Des valeurs ne conviennent pas."),
                errors,
            )
        return found

    def schema(self) -> dict[str, Any]:
        """The JSON schema of the body."""
        if self.free:
            return {"type": "object", "additionalProperties": True}
        found: dict[str, Any] = {
            "type": "object",
            "properties": {field.name: field.schema() for field in self.fields},
            "additionalProperties": False,
        }
        if required := [field.name for field in self.fields if field.required]:
            found["required"] = required
        return found
