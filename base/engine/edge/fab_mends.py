"""What we mend in Flask-AppBuilder from outside, each with its reason."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import flask_appbuilder.api
import jsonschema
import prison
from flask_appbuilder.models.sqla import filters
from flask_appbuilder.security import decorators
from sqlalchemy import false, true

from base.basics.i18n import _l

#: schema (by identity; FAB's are module constants) -> validator, made once.
_VALIDATORS: dict[int, tuple[Any, Any]] = {}


def _validate(instance: Any, schema: Any) -> None:
    """As ``jsonschema.validate``, without checking the schema itself again at each request.

    FAB does that for every list: it was 40 % of the time of a page of 50 rows.
    """
    kept = _VALIDATORS.get(id(schema))
    if kept is None:
        kind = jsonschema.validators.validator_for(schema)
        kind.check_schema(schema)
        kept = _VALIDATORS[id(schema)] = (schema, kind(schema))
    fault = jsonschema.exceptions.best_match(kept[1].iter_errors(instance))
    if fault is not None:
        raise fault


def loads(text: str) -> Any:
    """As ``prison.loads``, which never ends on some texts that stop too early.

    Raises:
        ParserException: the text is not rison.
    """
    try:
        return prison.loads(text)
    except (RecursionError, IndexError, ValueError) as fault:
        raise prison.decoder.ParserException("not rison") from fault


#: Filter -> (how it looks inside a text, whether it wants the texts that do not fit).
_INSIDE = {
    filters.FilterStartsWith: ("istartswith", False),
    filters.FilterNotStartsWith: ("istartswith", True),
    filters.FilterEndsWith: ("iendswith", False),
    filters.FilterNotEndsWith: ("iendswith", True),
    filters.FilterContains: ("icontains", False),
    filters.FilterNotContains: ("icontains", True),
}


#: Operator -> what it is called; FAB's catalogue has half of them, and some wrongly.
_OPERATORS = {
    "eq": _l("Égal à"),
    "neq": _l("Différent de"),
    "gt": _l("Supérieur à"),
    "lt": _l("Inférieur à"),
    "in": _l("Parmi"),
    "not_in": _l("Aucun de"),
    "sw": _l("Commence par"),
    "nsw": _l("Ne commence pas par"),
    "ew": _l("Finit par"),
    "new": _l("Ne finit pas par"),
    "ct": _l("Contient"),
    "nct": _l("Ne contient pas"),
    "rel_o_m": _l("Relié à"),
    "nrel_o_m": _l("Non relié à"),
    "rel_m_m": _l("Relié à"),
}


def _look_inside(how: str, negated: bool) -> Any:
    """A filter's work in which ``%``, ``_`` and ``\\`` are letters; FAB gives them to LIKE."""

    def apply(self: Any, query: Any, value: str) -> Any:
        query, field = filters.get_field_setup_query(query, self.model, self.column_name)
        fits = getattr(field, how)(value, autoescape=True)
        return query.filter(~fits if negated else fits)

    return apply


def _related(negated: bool) -> Any:
    """A filter by a related row. FAB takes one that does not exist for "has none"."""

    def apply(self: Any, query: Any, value: Any) -> Any:
        query, field = filters.get_field_setup_query(query, self.model, self.column_name)
        row = self.datamodel.get_related_obj(self.column_name, value)
        if row is None:
            return query.filter(true() if negated else false())
        return query.filter(field != row if negated else field == row)

    return apply


def _said_by_the_sign_in(words: str, kind: str) -> None:
    """FAB says « Access is denied » to whoever is only not signed in yet, once a request.

    Nothing was denied: the sign-in page, where they are led, says what comes after it.
    """


def apply() -> None:
    """Put the mends in place; harmless to repeat."""
    decorators.flash = _said_by_the_sign_in
    for found in vars(filters).values():
        if (name := _OPERATORS.get(getattr(found, "arg_name", None) or "")) is not None:
            found.name = name
    for kind, (how, negated) in _INSIDE.items():
        kind.apply = _look_inside(how, negated)
    filters.FilterRelationOneToManyEqual.apply = _related(False)
    filters.FilterRelationOneToManyNotEqual.apply = _related(True)
    flask_appbuilder.api.jsonschema = SimpleNamespace(
        validate=_validate, ValidationError=jsonschema.ValidationError
    )
    flask_appbuilder.api.prison = SimpleNamespace(loads=loads, decoder=prison.decoder)
