"""What a list exports is taken back by its importer: unchanged, or changed exactly as edited."""

from decimal import Decimal

import pytest
from sqlalchemy import inspect

from base.basics.i18n import speaking
from base.desk.imports.command import import_file
from base.desk.imports.declaration import takers
from base.face.views import rendering
from base.papers.tables import ValueRefused
from base.rules.rights.actors import job_session
from tests.engines import sign_in
from tests.listed import (
    as_csv,
    counts,
    export,
    fill_town,
    pairs,
    rows_of,
    unchanged,
)
from tests.registers import register


@pytest.fixture
def town(app):
    return fill_town(app)


@pytest.fixture
def take(tmp_path):
    """``take(importer, bytes, form)``: the report of an import."""

    def run(importer, data, form="csv", **how):
        path = tmp_path / f"liste.{form}"
        path.write_bytes(data)
        how.setdefault("entity", "A")
        return import_file(importer.kind, path, **how)

    return run


@pytest.fixture
def zoe(town):
    client = town.test_client()
    sign_in(client, "zoe")
    return client


def test_every_record_with_an_importer_has_a_list_that_comes_back(town):
    found = {importer.kind for _view, importer in pairs(town)}
    assert found >= {
        "agents",
        "assets",
        "equipment",
        "meters",
        "requests",
        "stock",
        "suppliers",
        "vehicles",
        "work-orders",
    }


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("every", [True, False], ids=["all", "usual"])
def test_an_exported_list_changes_nothing(town, zoe, take, every, language):
    before = register()
    assert unchanged(town, zoe, take, "csv", every=every, language=language) == []
    assert register() == before


@pytest.mark.parametrize("language", ["fr", pytest.param("en", marks=pytest.mark.slow)])
def test_an_exported_workbook_changes_nothing(sqlite_app, tmp_path, take, language):
    fill_town(sqlite_app)
    client = sqlite_app.test_client()
    sign_in(client, "zoe")
    before = register()
    wrong = unchanged(sqlite_app, client, take, "xlsx", every=True, language=language)
    assert wrong == [], "\n".join(map(str, wrong))
    assert register() == before


#: What is typed in a column whose values have a form of their own.
TYPED = {
    "siret": "38012986648625",
    "email": "nouveau@example.org",
    "insee": "44109",
    "postcode": "44000",
    "plate": "XY-987-ZT",
    "vin": "VF1FL000668123456",
    "city": "Brenne",
    "built_year": "2004",
    "erp_category": "5",
    "cadastral_id": "44109000AB0013",
    "latitude": "46,5",
    "longitude": "2,25",
    "rnb_id": "",
    "ban_address_id": "",
    "parent": "",
    "category": "",
    "eu_category": "M1",
    "vat_number": "FR83404833048",
    "vat_rate": "5,5",
    "manufactured_year": "2004",
    "erp_type": "R",
    "size": "60",
    "unit": "lot; de 3",
    "phone": "0240000000",
    "level": "3",
}


def correction(view, name, column, language):
    """What a person types in a cell of the list, in their language."""
    if name in TYPED:
        return TYPED[name]
    if name in view.enums:
        with speaking(language):
            words = [word for _value, word in view.enum_choices(name)]
        return words[1 % len(words)]
    if name == "service":
        return "Bâtiments; voirie"
    if name == "assigned_to":
        return "Nadia 007"
    if name == "serial_number":
        return f"SN {view.endpoint}"  # no two assets share one
    if name == "due_on":
        return "15/12/2026"  # not before the day that is planned
    typed = {"euros": "1234,56", "number": "7", "code": "7", "day": "15/10/2026", "flag": "oui"}
    return typed.get(str(column.kind), "Corrigé ; à la « main »")


def same_cell(one, two):
    try:
        return Decimal(one.replace(",", ".")) == Decimal(two.replace(",", "."))
    except ArithmeticError:
        return one == two


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_corrected_cell_is_what_changes_and_nothing_else(town, zoe, take, language):
    """Each column of each list is corrected in a row of its own; the list is exported again."""
    wrong, tried = [], 0
    for view, importer in pairs(town):
        table = rows_of(export(zoe, view, "csv", language=language))
        header, rows = table[0], table[1:]
        names = names_of(view, header, language)
        keys = editable(town, view, importer, names)
        edited = [list(row) for row in rows]
        at = 0
        for place, name in enumerate(names):
            if name not in keys:
                continue
            with job_session((1,), "test", "test") as session:
                with rendering.reading(session, view, ()):
                    column = rendering.column_of(view, name, "")
            new = correction(view, name, column, language)
            fitting = [r for r in range(len(rows)) if may_correct(names, rows[r], language)]
            if not new or not fitting:
                continue
            row = edited[fitting[at % len(fitting)]]
            at += 1
            if not same_cell(row[place], new):
                row[place] = new
        touched = sum(1 for before, after in zip(rows, edited, strict=True) if before != after)
        tried += touched
        report = take(importer, as_csv([header, *edited]))
        if counts(report) != (0, touched, 0):
            wrong.append((view.endpoint, importer.kind, counts(report), touched, report.errors[:3]))
            continue
        again = rows_of(export(zoe, view, "csv", language=language))
        wrong += [
            (view.endpoint, importer.kind, names[place], was, now, wanted)
            for before, after, now_row in zip(rows, edited, again[1:], strict=True)
            for place, (was, wanted, now) in enumerate(zip(before, after, now_row, strict=True))
            if not same_cell(wanted, now)
            and not DERIVED & {names[place], (view.endpoint, names[place])}
        ]
    assert wrong == [], "\n".join(map(str, wrong))
    assert tried > 50


#: Columns that follow from others, of the row or of the place it stands in.
DERIVED = {
    "value_eur",
    "unit_cost_eur",  # from the quantity
    "section",
    ("ParcelView", "number"),  # from the cadastral identifier
    "parent",  # the name of a place that is corrected in its own row
    # Where it is, by the names of the places above.
    *("place", "parent.place", "asset.place"),
}


def names_of(view, header, language):
    with job_session((1,), "test", "test") as session, speaking(language):
        with rendering.reading(session, view, ()):
            titles = {title: name for name, title in rendering.titles(view).items()}
    return [titles.get(title.removeprefix("'"), "entity") for title in header]


def editable(app, view, importer, names):
    """The columns of the list that the importer says it may change."""
    with job_session((1,), "test", "test") as session:
        columns = importer.columns(session, 1)
    known = {column.key for column in columns}
    return {
        name
        for name in names
        if name not in rendering.identity_of(view)
        and name != "entity"
        and importer.list_key(view.datamodel.obj, name, columns) in known
        and name not in ("kind",)
        or name == "kind"
        and view.endpoint == "WorkOrderView"
    }


def may_correct(names, row, language):
    """Whether the row is one that people may still correct."""
    if "state" not in names:
        return True
    over = {"Validée", "Annulée", "Validated", "Cancelled", "Approved"}
    return row[names.index("state")] not in over


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_import_that_takes_a_list_is_found_by_its_titles(town, zoe, tmp_path, language):
    from base.desk.imports.declaration import importers
    from base.desk.imports.recognising import candidates

    wrong = []
    for view, importer in pairs(town):
        path = tmp_path / "a.csv"
        path.write_bytes(export(zoe, view, "csv", language=language))
        with job_session((1,), "test", "test", readonly=True) as session:
            found = candidates(session, 1, importers(), "csv", path, "a.csv")
        first = found[0].importer if found else None
        if first not in takers(view):
            wrong.append((view.endpoint, importer.kind, first and first.kind))
    assert wrong == []


def test_no_importer_takes_a_text_longer_than_its_column(app):
    """PostgreSQL would refuse it in the middle of the writing; SQLite would keep it."""
    wrong = []
    for view, importer in pairs(app):
        own = inspect(view.datamodel.obj).column_attrs
        with job_session((1,), "test", "test") as session:
            columns = importer.columns(session, 1)
        for column in columns:
            length = (
                getattr(own[column.key].columns[0].type, "length", None)
                if (column.key in own)
                else None
            )
            if not length or column.key == "number":  # looked up, never written
                continue
            try:
                column.parse("x" * (length + 1))
            except ValueRefused:
                continue
            wrong.append((view.endpoint, importer.kind, column.key, length))
    assert wrong == []
