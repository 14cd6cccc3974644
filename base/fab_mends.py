"""What we mend in Flask-AppBuilder from outside, each with its reason."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import flask_appbuilder.api
import jsonschema
import prison

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


def _loads(text: str) -> Any:
    """As ``prison.loads``, which never ends on some texts that stop too early.

    Raises:
        ParserException: the text is not rison.
    """
    try:
        return prison.loads(text)
    except (RecursionError, IndexError, ValueError) as fault:
        raise prison.decoder.ParserException("not rison") from fault


def apply() -> None:
    """Put the mends in place; harmless to repeat."""
    flask_appbuilder.api.jsonschema = SimpleNamespace(
        validate=_validate, ValidationError=jsonschema.ValidationError
    )
    flask_appbuilder.api.prison = SimpleNamespace(loads=_loads, decoder=prison.decoder)
