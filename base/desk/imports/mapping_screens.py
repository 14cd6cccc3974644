"""The page where a person tells the columns of a file apart, and how the file is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import flash, redirect, request, url_for

from base.basics.errors import DomainError
from base.basics.i18n import _
from base.desk.imports import work
from base.desk.imports.access import reader
from base.desk.imports.answers import given_answers
from base.desk.imports.declaration import Importer, importer_of
from base.desk.imports.drop_screens import open_importers, resembling
from base.desk.imports.foreign import CONFIRM, is_foreign, questions_of
from base.desk.imports.kept_options import options_text
from base.desk.imports.reading import recognise_file, tables_of
from base.desk.imports.rows import NEW_FIELD, Options, Question
from base.face.views.routes import route
from base.papers.tables import Column, Recognition, Table
from base.papers.tables.encodings import ENCODINGS
from base.papers.tables.source import DELIMITERS
from base.papers.tables.texts import as_text
from base.rules.modules.actions import may
from base.rules.rights.actors import unit_of_work
from base.store.models.imports import ImportBatch, ImportState

#: States from which a file may still be tried or written.
OPEN = (ImportState.RECEIVED, ImportState.TRIED, ImportState.REFUSED)
#: Rows among which the titles are looked for, and lines offered to hold them.
HEAD = 20


class MappingPages:
    """Mixed into the view of imports."""

    endpoint: str

    @route("/<int:pk>/columns", "import", methods=["GET", "POST"])
    def columns(self, pk: int) -> Any:
        """Tell the columns of the file apart, then try it."""
        with reader() as session:
            batch = self._batch(session, pk)  # type: ignore[attr-defined]
            if batch.state not in OPEN:
                return redirect(url_for(f"{self.endpoint}.show", pk=pk))
            importer = importer_of(batch.kind)
            columns = list(importer.columns(session, batch.entity_id))
            options = work.options_of(batch)
            path = work.source_of(batch).path
            try:
                table, found, _row = recognise_file(
                    columns, path, batch.label, options, lenient=True
                )
            except DomainError as refusal:
                # What a person said of the reading does not fit: back to what was found.
                flash(str(refusal), "danger")
                options = Options(options.mapping, options.american, options.answers)
                table, found, _row = recognise_file(
                    columns, path, batch.label, options, lenient=True
                )
            others = [] if request.method == "POST" else resembling(session, batch)
            session.expunge(batch)  # it is shown after the reading
        if request.method == "POST":
            return self._told(pk, columns, found.headers)
        missing = [key for key in found.missing if not options.constants.get(key)]
        mine = next((one for one in others if one.importer.kind == importer.kind), None)
        return self.render(  # type: ignore[attr-defined]
            "ov/imports/columns.html",
            title=_("Associer les colonnes"),
            batch=batch,
            importer=importer,
            columns=columns,
            labels={column.key: column.label for column in columns},
            lines=_lines(table, found, options),
            may_add_fields=importer.makes_fields and may("FieldDefinitionView.add"),
            new_field=NEW_FIELD,
            free=[c for c in columns if c.key not in found.columns],
            missing=missing,
            missing_labels=[str(c.label) for c in columns if c.key in missing],
            table=table,
            reading=_reading(table, found, batch, options),
            options=options,
            asked=_asked(importer, found, options),
            guess=mine,
            kinds=_kinds(others, importer.kind),
        )

    def _told(self, pk: int, columns: Sequence[Column], headers: Sequence[str]) -> Any:
        form = request.form
        mapping = {
            name: form.get(f"column-{at}", "")[:120]
            for at, name in enumerate(headers)
            if name and f"column-{at}" in form
        }
        with reader() as session:
            batch = self._batch(session, pk)  # type: ignore[attr-defined]
            asked, former = questions_of(importer_of(batch.kind)), work.options_of(batch)
        options = Options(
            mapping=mapping,
            american=form.get("american") == "1",
            answers=given_answers(asked, form, prefix="answer-"),
            constants=_constants(columns, form),
            **_read_as(form),
        )
        again = form.get("action") == "reread"
        if _differs(former, options) and again:
            # Other titles may come of it: what was told of the former ones goes.
            options = replace(options, mapping=None)
        with unit_of_work() as session:
            batch = self._batch(session, pk)  # type: ignore[attr-defined]
            batch.options = options_text(options)
            if not again and not work.is_small(batch):
                work.enqueue_import(session, batch, dry_run=True)
                return redirect(url_for(f"{self.endpoint}.show", pk=pk))
        if again:
            return redirect(url_for(f"{self.endpoint}.columns", pk=pk))
        return self._try_now(pk, options)  # type: ignore[attr-defined]


def _asked(importer: Importer, found: Recognition, options: Options) -> Sequence[Question]:
    """The questions of the page: whether it is of that kind at all only where it is doubtful."""
    doubted = options.answers.get(CONFIRM.key) or is_foreign(importer, found, options.constants)
    return [q for q in questions_of(importer) if q is not CONFIRM or doubted]


def _constants(columns: Sequence[Column], form: Any) -> dict[str, str]:
    """What every row holds, from pairs of a column and a value."""
    known = {column.key for column in columns}
    pairs = zip(form.getlist("constant-key"), form.getlist("constant-value"), strict=False)
    return {key: value.strip()[:200] for key, value in pairs if key in known and value.strip()}


def _read_as(form: Any) -> dict[str, Any]:
    """How a person says the file is read; nonsense is as good as nothing said."""
    row = form.get("header_row", "")
    encoding, delimiter = form.get("encoding", ""), form.get("delimiter", "")
    return {
        "encoding": encoding if encoding in ENCODINGS else "",
        "delimiter": {"tab": "\t"}.get(delimiter, delimiter) if _is_mark(delimiter) else "",
        "sheet": form.get("sheet", "")[:100],
        "header_row": int(row) if row.isdecimal() and len(row) < 5 else 0,
        "decimal": form.get("decimal", "") if form.get("decimal") in (",", ".") else "",
    }


def _is_mark(given: str) -> bool:
    return given == "tab" or (len(given) == 1 and given in DELIMITERS)


def _differs(former: Options, options: Options) -> bool:
    names = ("encoding", "delimiter", "sheet", "header_row")
    return any(getattr(former, name) != getattr(options, name) for name in names)


def _lines(table: Table, found: Recognition, options: Options) -> list[dict[str, Any]]:
    """One line a column of the file, with three values of its first rows that hold one."""
    rows = [row for row in table.head(60) if row.number > found.header_row]
    by_position = {at: key for key, at in found.columns.items()}
    lines = []
    for at, name in enumerate(found.headers):
        if not name:
            continue
        cells = (as_text(row.cells[at]).strip() for row in rows if at < len(row.cells))
        samples = list(dict.fromkeys(cell[:60] for cell in cells if cell))[:3]
        lines.append(
            {
                "at": at,
                "header": name,
                "key": by_position.get(at, "")
                or ((options.mapping or {}).get(name) == NEW_FIELD and NEW_FIELD or ""),
                "suggestion": next(iter(found.suggestions.get(name, [])), ""),
                "double": found.doubles.get(name, ""),
                "samples": samples,
            }
        )
    return lines


def _reading(
    table: Table, found: Recognition, batch: ImportBatch, options: Options
) -> dict[str, Any]:
    """How the file was read, and what could be chosen instead."""
    whole = replace(options, sheet="")
    sheets = [one.name for one in tables_of(work.source_of(batch).path, batch.label, whole)]
    head = table.head(HEAD)
    return {
        "shape": table.shape,
        "encoding": table.encoding,
        "encodings": ENCODINGS if table.encoding else (),
        "delimiter": "tab" if table.delimiter == "\t" else table.delimiter,
        "delimiters": [
            ("tab" if mark == "\t" else mark, said) for mark, said in DELIMITERS.items()
        ],
        "sheet": table.name,
        "sheets": sheets if len(sheets) > 1 else (),
        "header_row": found.header_row,
        "rows": [
            (row.number, " · ".join(as_text(c) for c in row.cells if as_text(c))[:70])
            for row in head
        ],
    }


def _kinds(others: Sequence[Any], chosen: str) -> list[tuple[str, str]]:
    """Kinds to choose from: those that resemble first, then all the others."""
    first = [(one.importer.kind, str(one.importer.title)) for one in others]
    known = {kind for kind, _title in first}
    rest = [(i.kind, str(i.title)) for i in open_importers() if i.kind not in known]
    return [*first, *rest] if chosen else first
