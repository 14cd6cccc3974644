"""A cell that nobody corrected is known for what a list wrote, whatever holds it."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from base.desk.imports.same import is_same
from base.face.views.exporting import csv_of
from base.papers.files.exports import Column, Kind
from base.papers.files.workbooks import xlsx
from base.papers.tables import open_tables
from tests.listed import HOSTILE

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
VALUES = st.one_of(
    st.none(),
    st.sampled_from(HOSTILE),
    # A nul is refused wherever text comes in.
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40),
    st.text(alphabet="'=-+@ \t\r\n;\"0159,.eE€%\u00a0\u202f_x", max_size=10),
    st.decimals(min_value=-(10**9), max_value=10**9, places=2),
    st.integers(-(10**12), 10**12),
    st.dates(min_value=date(1900, 3, 1)),
    st.booleans(),
    st.datetimes(
        min_value=datetime(1950, 1, 1),
        max_value=datetime(2100, 1, 1),
        timezones=st.just(UTC),
    ).map(lambda at: at.replace(microsecond=0)),
)


def kind_for(value):
    if isinstance(value, bool):
        return Kind.FLAG
    for kind, types in (
        (Kind.INSTANT, datetime),
        (Kind.DAY, date),
        (Kind.EUROS, Decimal),
        (Kind.NUMBER, int),
    ):
        if isinstance(value, types):
            return kind
    return Kind.TEXT


@settings(max_examples=150, deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=6))
@example(["\x1f"])
@example(["a\x85"])
def test_a_cell_nobody_touched_is_known_in_a_csv(tmp_path_factory, values):
    columns = [Column(f"c{n}", f"Titre {n}", kind_for(v)) for n, v in enumerate(values)]
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_bytes(csv_of([Column("k", "Clé"), *columns], [["clé", *values]]))
    (table,) = open_tables(path, delimiter=";")
    line = list(table.rows())[1].cells
    cells = [*line[1:], *[None] * len(values)]
    for cell, value, column in zip(cells, values, columns, strict=False):
        assert is_same(cell, value, column.kind), (cell, value)


@settings(max_examples=3, deadline=None, phases=(Phase.generate,))
@given(st.lists(VALUES, min_size=120, max_size=160))
def test_a_cell_nobody_touched_is_known_in_a_workbook(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("xlsx") / "a.xlsx"
    columns = [Column("k", "Clé"), *(Column(k, k, k) for k in Kind)]
    rows = [[n, *(v if k is kind_for(v) else None for k in Kind)] for n, v in enumerate(values)]
    with path.open("wb") as out:
        xlsx(out, title="t", columns=columns, rows=rows, created_at=NOON)
    saved = path.with_name("b.xlsx")
    book = load_workbook(path)
    book.save(saved)
    for file in (path, saved):
        (table,) = open_tables(file)
        for line, value in zip(list(table.rows())[1:], values, strict=True):
            kind = kind_for(value)
            at = 1 + list(Kind).index(kind)
            cell = line.cells[at] if at < len(line.cells) else None
            assert is_same(cell, value, kind), (file.name, cell, value)


@pytest.mark.parametrize(
    ("cell", "value", "kind", "same"),
    [
        # What a spreadsheet makes of a cell when it saves it.
        ("1 234,50 €", Decimal("1234.504"), Kind.EUROS, True),
        ("1234,5", Decimal("1234.50"), Kind.EUROS, True),
        ("1234,50", Decimal("1234.504"), Kind.EUROS, False),
        (Decimal("0"), Decimal("0.00"), Kind.EUROS, True),
        ("", Decimal("0.00"), Kind.EUROS, False),
        ("0", None, Kind.EUROS, False),
        ("-61,8", Decimal("-61.80"), Kind.EUROS, True),
        ("20 %", Decimal("20.000"), Kind.NUMBER, True),
        ("VRAI", True, Kind.FLAG, True),
        ("no", False, Kind.FLAG, True),
        ("non", True, Kind.FLAG, False),
        ("26/10/2025 02:30", datetime(2025, 10, 26, 0, 30, 59, tzinfo=UTC), Kind.INSTANT, True),
        ("26/10/2025 02:30", datetime(2025, 10, 26, 1, 30, tzinfo=UTC), Kind.INSTANT, True),
        ("26/10/2025 01:30", datetime(2025, 10, 26, 0, 30, tzinfo=UTC), Kind.INSTANT, False),
        ("29/03/2026 03:00:00", datetime(2026, 3, 29, 1, 0, tzinfo=UTC), Kind.INSTANT, True),
        ("2026-12-15", date(2026, 12, 15), Kind.DAY, True),
        ("7", "007", Kind.TEXT, False),
        (Decimal("7"), "007", Kind.TEXT, False),
        (Decimal("7"), "7", Kind.TEXT, True),
        ("a\nb", "a\r\nb", Kind.TEXT, True),
        (" a\u00a0", "a", Kind.TEXT, True),
        ("a", "A", Kind.TEXT, False),
    ],
)
def test_what_a_spreadsheet_makes_of_a_cell_is_no_correction(sqlite_app, cell, value, kind, same):
    assert is_same(cell, value, kind) is same
