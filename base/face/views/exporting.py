"""A list as a file: what the filters let through, with the columns on screen."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from flask import Response
from sqlalchemy import select

from base.basics import clock
from base.basics.errors import InvalidInput, NotFound
from base.basics.i18n import _
from base.basics.sessions import Session
from base.face.views import rendering
from base.papers.files import exports
from base.rules.rights import withheld

#: A list beyond this is exported by a report, not from a screen.
MAX_ROWS = 50_000
#: Rows loaded at a time: memory stays flat.
BATCH = 1_000


def _nobody(view: Any) -> Sequence[Any]:
    return ()


#: The importers that take back the rows of a list: imports know lists, and not the reverse.
_takers: Callable[[Any], Sequence[Any]] = _nobody


def taken_back_by(takers: Callable[[Any], Sequence[Any]]) -> None:
    """Say which importers take back the rows of a list: their files name each row."""
    global _takers
    _takers = takers


def takers_of(view: Any) -> Sequence[Any]:
    """The importers of the rows of a list."""
    return _takers(view)


def columns_of(session: Session, view: Any) -> list[exports.Column]:
    """The columns chosen for the list, typed.

    A list whose rows an import takes back always names them, and their authority when the person
    has several: what was corrected in a spreadsheet must find its record again.
    """
    chosen = list(view.list_state().columns)
    if _takers(view):
        chosen = list(dict.fromkeys([*identity_missing(view, chosen), *chosen]))
    chosen = rendering.told_apart(view, chosen)
    titles = rendering.titles(view)
    found = [rendering.column_of(view, name, titles[name]) for name in chosen]
    if _takers(view) and len(session.scope or ()) > 1:
        title = rendering.entity_title()
        found.insert(0, exports.Column(rendering.ENTITY, title, exports.Kind.CODE))
    return found


def identity_missing(view: Any, chosen: Sequence[str]) -> list[str]:
    """The columns that name the rows of the list and that were not chosen."""
    return [name for name in rendering.identity_of(view) if name not in chosen]


def rows_of(
    session: Session, view: Any, criteria: Sequence[Any], columns: Sequence[exports.Column]
) -> Iterator[list[Any]]:
    """The values of the rows that fit, a thousand rows at a time."""
    model = view.datamodel.obj
    names = [column.key for column in columns if column.key != rendering.ENTITY]
    options = rendering.with_relations(view, names)
    codes = rendering.entity_codes(session) if len(names) < len(columns) else {}
    last = 0
    with rendering.reading(session, view, names):
        while True:
            statement = select(model).where(*criteria, model.id > last).order_by(model.id)
            batch = list(session.scalars(statement.limit(BATCH).options(*options)))
            view.dress(session, batch)
            for row in batch:
                yield [
                    codes.get(row.entity_id)
                    if column.key == rendering.ENTITY
                    else rendering.value_of(view, row, column)
                    for column in columns
                ]
            if len(batch) < BATCH:
                return
            last = batch[-1].id
            session.expunge_all()


def export(session: Session, view: Any, form: str) -> Response:
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
    columns = columns_of(session, view)
    rows = _with_notices(rows_of(session, view, found.criteria, columns), len(columns))
    name = f"{view.endpoint.removesuffix('View').lower()}-{clock.today():%Y-%m-%d}"
    return file_of(form, name, str(view.list_title), columns, rows)


def file_of(
    form: str,
    name: str,
    title: str,
    columns: Sequence[exports.Column],
    rows: Iterable[Sequence[Any]],
) -> Response:
    """Rows as a file to keep, ``csv`` or ``xlsx``.

    Raises:
        NotFound: the format is another.
    """
    if form not in ("csv", "xlsx"):
        raise NotFound(_("Ce format n’existe pas."))
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    if form == "csv":
        return Response(csv_of(columns, rows), mimetype="text/csv", headers=headers)
    from base.papers.files import workbooks

    out = io.BytesIO()
    workbooks.xlsx(out, title=title[:31], columns=columns, rows=rows, created_at=clock.now())
    return Response(out.getvalue(), mimetype=exports.XLSX, headers=headers)


def _with_notices(rows: Iterable[list[Any]], width: int) -> Iterator[list[Any]]:
    """The rows, then what was left out of them: a file is read far from the page that said it."""
    yield from rows
    for words in withheld.left_out():
        yield [words, *[None] * (width - 1)]


def csv_of(columns: Sequence[exports.Column], rows: Iterable[Sequence[Any]]) -> bytes:
    """The list as CSV; a text is cut where a spreadsheet would cut it, and says so."""
    cut = (
        [exports.cell_text(value) if isinstance(value, str) else value for value in row]
        for row in rows
    )
    return b"".join(exports.csv_bytes(columns, cut))
