"""What stands under a row, as lists of the resource: ``GET /api/v1/<resource>/<id>/<name>``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from werkzeug.wrappers import Response

from base.basics.sessions import Session
from base.face.api.describing import list_schema
from base.face.api.listing import as_json, schema_of
from base.face.api.verbs import served
from base.store.history.belonging import key_to


@dataclass(frozen=True)
class Below:
    """The rows that hang on a row, whole, each with its columns of ``made_columns``."""

    name: str
    #: Name of the method, so of the route.
    route: str
    model: Any
    #: First line of its description.
    about: str
    right: str = "get"
    #: Gives the rows, where they are not all that hang there in the order of their ids.
    read: Callable[[Any, Any], Iterable[Any]] | None = None

    def rows(self, session: Session, row: Any) -> Iterable[Any]:
        """The lines of a row, in order."""
        if self.read is not None:
            return self.read(session, row)
        hung = key_to(self.model, row) == row.id
        order = getattr(self.model, "position", self.model.id)
        return session.scalars(select(self.model).where(hung).order_by(order))


def install(api: Any) -> None:
    """Give a resource the routes of the lists below its rows."""
    for below in api.below:
        if not hasattr(api, below.route):
            setattr(api, below.route, _route(api, below))


def _route(api: Any, below: Below) -> Any:
    def lines(self: Any, pk: int) -> Response:
        columns = self.made_columns[below.model]
        return self.listed_below(
            pk,
            lambda session, row: [as_json(line, columns) for line in below.rows(session, row)],
        )

    lines.__name__, lines.__doc__ = below.route, below.about
    columns = api.made_columns[below.model]
    lines.shows = list_schema(schema_of(below.model, columns))  # type: ignore[attr-defined]
    return served(f"/<int:pk>/{below.name}", below.right)(lines)
