"""A list as a file: what the filters let through, with the columns on screen."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from flask import Response, stream_with_context
from sqlalchemy import inspect, select
from sqlalchemy.orm import selectinload

from base import clock, exports
from base.errors import InvalidInput, NotFound
from base.i18n import _
from base.views import cells

#: A list beyond this is exported by a report, not from a screen.
MAX_ROWS = 50_000
#: Rows loaded at a time: memory stays flat.
BATCH = 1_000


def columns_of(view: Any) -> list[exports.Column]:
    """The columns chosen for the list, typed."""
    mapper = inspect(view.datamodel.obj)
    found, others = [], view.export_kinds()
    for name in view.list_state().columns:
        kind = others.get(name, exports.Kind.TEXT)
        if name in view.sum_expressions:
            kind = exports.Kind.EUROS
        elif name in mapper.column_attrs and name not in view.enums:
            kind = cells.kind_of(name, view.python_type(name))
        found.append(exports.Column(name, view.label_of(name), kind))
    return found


def _value(view: Any, row: Any, column: exports.Column) -> Any:
    if column.kind is exports.Kind.TEXT:
        # Numbers and days have the file's own form, not the reader's.
        for value in (getattr(row, column.key, None), view.value(row, column.key)):
            if isinstance(value, Decimal | float | date):
                return exports.csv_cell(value)
        return None if value is None else cells.shown(value, column.key)
    if column.key in view.sum_expressions or not hasattr(type(row), column.key):
        return view.value(row, column.key)
    return getattr(row, column.key)


def _rows(
    session: Any, view: Any, criteria: Sequence[Any], columns: list[exports.Column]
) -> Iterator[list[Any]]:
    model = view.datamodel.obj
    options = [selectinload(getattr(model, name)) for name in view.relations()]
    last = 0
    while True:
        statement = select(model).where(*criteria, model.id > last).order_by(model.id)
        batch = list(session.scalars(statement.limit(BATCH).options(*options)))
        view.dress(session, batch)
        for row in batch:
            yield [_value(view, row, column) for column in columns]
        if len(batch) < BATCH:
            return
        last = batch[-1].id
        session.expunge_all()


def export(session: Any, view: Any, form: str) -> Response:
    """The file.

    Raises:
        NotFound: the format is neither ``csv`` nor ``xlsx``.
        InvalidInput: more rows than a screen may export.
    """
    if form not in ("csv", "xlsx"):
        raise NotFound(_("Ce format n’existe pas."))
    model = view.datamodel.obj
    found = view.selection()
    over = session.scalar(select(model.id).where(*found.criteria).offset(MAX_ROWS).limit(1))
    if over is not None:
        raise InvalidInput(
            _("Cette liste dépasse 50 000 lignes : ajoutez un filtre avant de l’exporter.")
        )
    columns = columns_of(view)
    rows = _rows(session, view, found.criteria, columns)
    title = str(view.list_title)
    name = f"{view.endpoint.removesuffix('View').lower()}-{clock.today():%Y-%m-%d}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if form == "csv":
        pieces = stream_with_context(exports.csv_bytes(columns, rows))
        return Response(b"".join(pieces), mimetype="text/csv", headers=headers)
    out = io.BytesIO()
    exports.xlsx(out, title=title[:31], columns=columns, rows=rows, created_at=clock.now())
    return Response(
        out.getvalue(),
        mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers=headers,
    )
