"""What a route takes in its body: one declaration reads it, refuses the rest and describes it.

``@verb("plan", Day("planned_on"), Row("assigned_to_id", Agent))``: the method gets the typed values
by name; what is missing has its default, or None. A field that is not declared is refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from base.basics.i18n import _
from base.basics.sessions import Session
from base.rules.verbs.fields import Arg, object_schema, read_all


class Takes:
    """The fields of a body; with ``free`` it is an object of any keys, which the verb reads."""

    def __init__(self, *fields: Arg, free: bool = False) -> None:
        self.fields, self.free = fields, free

    def __bool__(self) -> bool:
        return bool(self.fields) or self.free

    def read(self, session: Session, given: Mapping[str, Any]) -> dict[str, Any]:
        """The typed values by name, all faults at once.

        Raises:
            InvalidInput: a field is unknown, missing or not of its nature.
        """
        if self.free:
            return dict(given)
        known = {field.name for field in self.fields}
        unknown = {str(name): _("Ce champ n’existe pas.") for name in given if name not in known}
        return read_all(self.fields, session, given, errors=unknown)

    def schema(self) -> dict[str, Any]:
        """The JSON schema of the body."""
        if self.free:
            return {"type": "object", "additionalProperties": True}
        return object_schema(self.fields)
