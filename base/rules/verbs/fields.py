"""Fields that a door asks for: one declaration reads the value, refuses it and describes it.

``Day("planned_on")`` is the reader of a form and of a JSON body, and the schema of its description.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from werkzeug.datastructures import MultiDict

from base.basics import arguments
from base.basics.errors import InvalidInput
from base.basics.i18n import _
from base.basics.sessions import Session
from base.store.bounds import Bound
from base.store.mixins import HOURS

#: A number and a day as programs write them, whatever the language.
_EXACT = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_ISO = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _typed(given: Mapping[str, Any]) -> bool:
    """Whether a person typed it in a form."""
    return isinstance(given, MultiDict)


class Arg:
    """One field of a body."""

    def __init__(
        self,
        name: str,
        *,
        required: bool = False,
        default: Any = None,
        about: Any = "",
        label: Any = None,
        named: bool = False,
    ) -> None:
        self.name, self.required, self.default = name, required, default
        #: It must be there, though it may be null.
        self.named = named
        #: What it is for; what it is called, in the reader's language.
        self.about, self.label = about, label

    def value(self, session: Session, given: Mapping[str, Any]) -> Any:
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
        if self.label is not None:
            found["title"] = str(self.label)
        if self.about:
            found["description"] = str(self.about)
        if not self.required and found:
            found["nullable"] = True
        return found

    def read(self, session: Session, given: Mapping[str, Any]) -> Any:
        """The typed value, or the default when the body leaves the field out.

        Raises:
            InvalidInput: it is required and missing, or not of this nature.
        """
        if self.named and self.name not in given:
            raise InvalidInput.at(self.name, _("Ce champ est obligatoire."))
        if given.get(self.name) is None or given[self.name] == "":
            found = None
        else:
            found = self.value(session, given)
        if found is not None and found != "":
            return found
        if self.required:
            words = _("Ce champ est obligatoire.")
            if self.label is not None:
                words = _("Remplissez « %(name)s ».", name=self.label)
            raise InvalidInput.at(self.name, words)
        return self.default if found is None else found


class Text(Arg):
    """A text of at most ``limit`` characters; empty when it is left out, unless said otherwise."""

    def __init__(self, name: str, limit: int, *, default: Any = "", **options: Any) -> None:
        super().__init__(name, default=default, **options)
        self.limit = limit

    def value(self, session: Session, given: Mapping[str, Any]) -> str:
        """The text without blanks at its ends."""
        return arguments.text(given, self.name, self.limit)

    def kind(self) -> dict[str, Any]:
        """A string."""
        found = {"type": "string", "maxLength": self.limit}
        return {**found, "minLength": 1} if self.required else found


class Number(Arg):
    """An exact number with at most ``places`` decimals, within its bound: "12.50" or 12.5."""

    def __init__(
        self,
        name: str,
        *,
        places: int,
        unit: str = "",
        bound: Bound | None = None,
        **options: Any,
    ) -> None:
        super().__init__(name, **options)
        self.places, self.bound = places, bound
        #: People write hours as a clock says them, too.
        self._number = arguments.hours if unit == HOURS else arguments.decimal

    def value(self, session: Session, given: Mapping[str, Any]) -> Any:
        """The number."""
        told = given[self.name]
        if isinstance(told, str) and not _typed(given) and not _EXACT.fullmatch(told):
            words = _("Écrivez un nombre avec un point, par exemple 1234.50.")
            raise InvalidInput.at(self.name, words)
        found = self._number(given, self.name, places=self.places)
        if self.bound is not None and found is not None and (why := self.bound.sentence(found)):
            raise InvalidInput.at(self.name, why)
        return found

    def kind(self) -> dict[str, Any]:
        """A number, or its text."""
        decimals = rf"(\.[0-9]{{1,{self.places}}})?" if self.places else ""
        text = {"type": "string", "pattern": rf"^-?[0-9]{{1,12}}{decimals}$", "example": "12.5"}
        return {"oneOf": [text, {"type": "number", **self._bounds()}]}

    def _bounds(self) -> dict[str, Any]:
        return {} if self.bound is None else self.bound.for_programs()


class Whole(Number):
    """A whole number."""

    def __init__(self, name: str, **options: Any) -> None:
        super().__init__(name, places=0, **options)

    def value(self, session: Session, given: Mapping[str, Any]) -> int | None:
        """The number; None when the field holds blanks."""
        found = super().value(session, given)
        return None if found is None else int(found)

    def kind(self) -> dict[str, Any]:
        """An integer."""
        return {"type": "integer", **self._bounds()}


class Day(Arg):
    """A day, ISO."""

    def value(self, session: Session, given: Mapping[str, Any]) -> Any:
        """The day."""
        told = given[self.name]
        if isinstance(told, str) and not _typed(given) and not _ISO.fullmatch(told):
            words = _("Écrivez un jour AAAA-MM-JJ, par exemple 2026-11-23.")
            raise InvalidInput.at(self.name, words)
        return arguments.day(given, self.name)

    def kind(self) -> dict[str, Any]:
        """A date."""
        return {"type": "string", "format": "date"}


class Flag(Arg):
    """``true`` or ``false``; of a form "1" or "0"."""

    def value(self, session: Session, given: Mapping[str, Any]) -> bool:
        """The truth."""
        if isinstance(given, MultiDict) and given[self.name] in ("0", "1"):
            return bool(given[self.name] == "1")
        if not isinstance(given[self.name], bool):
            raise InvalidInput.at(self.name, _("« true » ou « false » est attendu."))
        return bool(given[self.name])

    def kind(self) -> dict[str, Any]:
        """A boolean."""
        return {"type": "boolean"}


class Choice(Arg):
    """One of the values of an enumeration."""

    def __init__(self, name: str, values: type[StrEnum], **options: Any) -> None:
        super().__init__(name, **options)
        self.values = values

    def value(self, session: Session, given: Mapping[str, Any]) -> Any:
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

    def value(self, session: Session, given: Mapping[str, Any]) -> Any:
        """The row."""
        return arguments.row(session, given, self.name, self.model)

    def kind(self) -> dict[str, Any]:
        """An integer."""
        return {"type": "integer", "format": "int64", "minimum": 1}


class Several(Arg):
    """Several choices or rows: ``one`` reads each. Of a form, every control of that name.

    An empty one among them says that somebody chose: of none ticked the list is empty, not None.
    Of choices ``true`` is all, and a text names some.
    """

    def __init__(self, one: Choice | Row, *, most: int = 100, **options: Any) -> None:
        super().__init__(one.name, **options)
        self.one, self.most = one, most
        one.required = True  # a null among them is none

    def read(self, session: Session, given: Mapping[str, Any]) -> Any:
        """The values; what is left out has the default.

        Raises:
            InvalidInput: they are no list, too many, or one is not of its nature.
        """
        told: Any = given.get(self.name)
        if isinstance(given, MultiDict):
            told = given.getlist(self.name) or None
        elif isinstance(self.one, Choice) and isinstance(told, bool | str):
            told = list(
                self.one.values if told is True else str(told or "").replace(",", " ").split()
            )
        if told is None:
            return super().read(session, {})
        if not isinstance(told, list) or len(told) > self.most:
            words = _("Une liste est attendue, de %(n)d valeurs au plus.", n=self.most)
            raise InvalidInput(words, {self.name: words})
        return [self.one.read(session, {self.name: one}) for one in told if one != ""]

    def kind(self) -> dict[str, Any]:
        """A list; of choices true as well."""
        listed = {"type": "array", "items": self.one.kind(), "maxItems": self.most}
        if isinstance(self.one, Row):
            return listed
        return {"oneOf": [listed, {"type": "boolean"}, {"type": "string"}]}


class Json(Arg):
    """An object or a list, which the verb itself looks at."""

    def __init__(self, name: str, of: dict[str, Any], **options: Any) -> None:
        super().__init__(name, **options)
        self.of = of

    def value(self, session: Session, given: Mapping[str, Any]) -> Any:
        """The object or list."""
        is_list = self.of.get("type") == "array"
        if not isinstance(given[self.name], list if is_list else dict):
            words = _("Une liste est attendue.") if is_list else _("Un objet est attendu.")
            raise InvalidInput.at(self.name, words)
        return given[self.name]

    def kind(self) -> dict[str, Any]:
        """As declared."""
        return dict(self.of)


def read_all(
    fields: Sequence[Arg],
    session: Session,
    given: Mapping[str, Any],
    *,
    errors: Mapping[str, Any] = {},
) -> dict[str, Any]:
    """The typed values by name, all faults at once; ``errors`` were found before.

    Raises:
        InvalidInput: a field is missing or not of its nature, or ``errors`` has some.
    """
    faults: dict[str, Any] = dict(errors)
    found: dict[str, Any] = {}
    first = ""
    for field in fields:
        try:
            found[field.name] = field.read(session, given)
        except InvalidInput as fault:
            first = first or str(fault)
            faults.update(fault.errors or {field.name: str(fault)})
    if faults:
        raise InvalidInput(
            first if len(faults) == 1 and first else _("Des valeurs ne conviennent pas."), faults
        )
    return found


def object_schema(fields: Sequence[Arg]) -> dict[str, Any]:
    """The JSON schema of an object of these fields and no other."""
    found: dict[str, Any] = {
        "type": "object",
        "properties": {field.name: field.schema() for field in fields},
        "additionalProperties": False,
    }
    if required := [field.name for field in fields if field.required or field.named]:
        found["required"] = required
    return found
