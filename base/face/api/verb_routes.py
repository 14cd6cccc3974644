"""A model's declared verbs on its resource: ``POST /api/v1/<resource>/<id>/<verb>``."""

from __future__ import annotations

import typing
from typing import Any

from flask_appbuilder.const import API_RESULT_RES_KEY
from werkzeug.wrappers import Response

from base.basics.sessions import Session
from base.face.api.listing import as_json, schema_of
from base.face.api.verbs import verb
from base.rules.verbs import Door, Verb, verbs_of


def install(api: type) -> None:
    """Give a resource the route of each verb of its model, where it has none of its own.

    Raises:
        RuntimeError: the resource has something else by the name of a verb.
    """
    for declared in verbs_of(api.datamodel.obj, Door.REST):  # type: ignore[attr-defined]
        name = declared.rest or declared.name
        own = getattr(api, name, None)
        if own is None:
            setattr(api, name, _route(api, declared, name))
        elif not hasattr(own, "_urls"):
            raise RuntimeError(f"{api.__name__}.{name} is no route: rename the verb")


def _made(api: Any, declared: Verb) -> Any:
    """The model of what a verb makes, when the resource shows such rows; else None."""
    made = declared.hints.get("return")
    return next((m for m in (made, *typing.get_args(made)) if m in api.made_columns), None)


def _route(api: Any, declared: Verb, name: str) -> Any:
    made = _made(api, declared)
    columns = list(api.made_columns[made]) if made else []

    def run(
        self: Any, session: Session, row: Any, given: dict[str, Any]
    ) -> Response | dict[str, Any]:
        values = declared.values(Door.REST, given)
        self.before_verb(session, row, declared, values)
        line = declared.do(session, row, values)
        session.flush()
        if columns and line is None:
            words = declared.sentence(row, line, values)
            return self.response(200, message=words)
        if columns:
            # As the database keeps it: "1.500" hours, whatever was typed.
            session.refresh(line)
            shown = as_json(line, columns)
            return self.response(201, id=line.id, result=shown)
        told = {name: tell(line) for name, tell in declared.answers.items()}
        return {"id": row.id, **told, API_RESULT_RES_KEY: self._dump(row)}

    run.__name__, run.__doc__ = name, declared.summary
    route = verb(
        name,
        *declared.fields(Door.REST),
        right=declared.right,
        answers=201 if columns else 200,
    )(run)
    route.declared = declared
    route.shows = {
        "type": "object",
        "properties": {
            **{told: {} for told in declared.answers},
            "id": {"type": "integer", "format": "int64"},
            API_RESULT_RES_KEY: schema_of(made, columns)
            if columns
            else {"$ref": f"#/components/schemas/{api.__name__}.get"},
        },
    }
    return route
