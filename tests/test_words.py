"""No raw word, number or day on any page, chip, list, file or paper, in either language."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from itertools import zip_longest

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy import inspect, select

from base.cards import CARDS
from base.store.database import Exact, UTCDateTime
from tests import engines, listed
from tests.browser.addresses import GIVEN, addresses_of
from tests.factories import rows
from tests.sweeps import OURS, World, fill, model_of
from tests.words import Reader, texts_of

#: Nothing for people to read there, or as other programs write it.
LEFT_OUT = ("/static", "/health", "/ready", "/lang", "/api/", "/swagger")

#: What goes with an instant, or with a file, that the row has not.
NOT_TOGETHER = frozenset({"answer", "digest"})


def whole(model):
    """A value for each column of a model that may stay empty, keys of other rows left out."""
    found = {}
    for attribute in inspect(model).column_attrs:
        column = attribute.columns[0]
        if not column.nullable or column.foreign_keys or column.unique or attribute.key == "id":
            continue
        if attribute.key in ("archived_on", "entity_id") or attribute.key.endswith("_id"):
            continue
        if isinstance(column.type, UTCDateTime) or attribute.key in NOT_TOGETHER:
            continue
        if "identifier" in column.info:
            continue  # a number with a key
        value = rows.value_for(model, attribute.key, OURS)
        if isinstance(column.type, Exact):
            value = Decimal("74.9").quantize(Decimal(1).scaleb(-column.type.decimals))
        found[attribute.key] = value
    return found


@pytest.fixture(scope="module")
def world(sqlite_server):
    """One row of everything, and one of each kind of record with all that it may hold."""
    from base.rules.rights.actors import system_session

    made = World(sqlite_server)
    made.full = {}
    with made.app.app_context():
        for model in CARDS:
            if model.__name__ == "Entity":
                continue
            with system_session("sweep") as session:
                row = rows.make(session, model, 1, OURS, **whole(model))
                made.full[model.__name__] = row.id
    yield made
    made.close()


@pytest.fixture(scope="module")
def own(world):
    """What people wrote and may rename, and what is called so in every language."""
    from base.desk.accounts.preferences import places
    from base.rules.rights.actors import system_session
    from base.store.models import Entity
    from patrimoine.models import Category

    with world.app.app_context(), system_session("test", readonly=True) as session:
        columns = (Category.name, Category.code, Entity.name)
        names = {name for column in columns for name in session.scalars(select(column))}
        for language in ("fr", "en"):
            names |= {place for _zone, place in places(language)}
    return names | {"Collectivité", "pièce", "Français", "English", "Ouvrage"}


#: By day the pages are read in both languages, what is made of them in the authority's.
LESS = pytest.mark.parametrize(
    "reader", ["fr", pytest.param("en", marks=pytest.mark.slow)], indirect=True
)


@pytest.fixture(params=("fr", "en"))
def reader(request, world, own):
    """Somebody who reads one language."""
    world.browser.post(f"/lang/{request.param}", data={"csrf_token": world.csrf})
    with world.app.app_context():
        return Reader(request.param, own)


def seen(reader, where, texts):
    return [f"{where}: {fault}: {text[:100]!r}" for text in texts for fault in reader.faults(text)]


def said(wrong):
    return f"{len(wrong)}:\n" + "\n".join(sorted(set(wrong))[:80])


@pytest.mark.parametrize(
    ("language", "text", "fault"),
    [
        ("fr", "Tag Report Id", "name of a column"),
        ("fr", "tag_report_id", "name of a column"),
        ("fr", "in_service", "value of a list"),
        ("fr", "État\u00a0: in_service", "value of a list"),
        ("fr", "à partir du 2026-11-01", "ISO day"),
        ("fr", "74.9 m²", "number with a point"),
        ("fr", "Objet : mairie", "plain space"),
        ("fr", "« mairie\u00a0»", "plain space"),
        ("fr", "Settings", "English"),
        ("fr", "2 équipement", "plural"),
        ("fr", "1 équipements", "plural"),
        ("en", "0 equipments", ""),
        ("en", "Réglages", "other language"),
        ("fr", "1 mois", ""),
        ("fr", "5\u00a0437 KWH", "code"),
        ("fr", "5\u00a0437 kWh, 12,50\u00a0€ : le 01/11/2026", "plain space"),
        ("fr", "5\u00a0437 kWh, 12,50\u00a0€, le 01/11/2026 à 12:30", ""),
        ("fr", "3 jour(s)", "plural in brackets"),
    ],
)
def test_the_reader_sees_what_is_wrong(sqlite_app, language, text, fault):
    found = list(Reader(language).faults(text))
    assert any(one.startswith(fault) for one in found) if fault else not found, found


def test_every_page(world, reader):
    wrong, count = [], 0
    for method, rule in world.rules():
        if method != "GET" or rule.rule.startswith(LEFT_OUT):
            continue
        model = model_of(world.app, rule.endpoint) if {"pk", "key"} & rule.arguments else None
        for known in (world.ours, world.full):
            if known is world.full and model not in known:
                continue
            path = fill(rule, known.get(model, 1), token="none")
            answer = world.call("GET", path)
            if "html" in answer.content_type and answer.status_code not in (302, 308):
                count += 1
                wrong += seen(reader, path, texts_of(answer.get_data(as_text=True)))
    assert not wrong, said(wrong)
    assert count > 150


def test_every_page_that_a_name_or_a_token_opens(world, reader):
    """What the walk above fills with anything, and finds refused: a role, a report, a tag."""
    listed_pages = addresses_of(world.app)
    named = [name for name in GIVEN if name in listed_pages]
    named += ["TagPageView.page", "FollowView.page", "VerifyView.page"]
    wrong, count = [], 0
    for name in named:
        for path in listed_pages.get(name, ()):
            answer = world.call("GET", path)
            if answer.status_code == 200:
                count += 1
                wrong += seen(reader, path, texts_of(answer.get_data(as_text=True)))
    assert not wrong, said(wrong)
    assert count > 7


@LESS
def test_every_display_and_filter_of_a_list(world, reader):
    wrong = []
    for view in world.screens():
        asked = [f"?group={name}" for name in view.groupable()]
        asked += ["?display=board"] if view.board is not None else []
        if view.calendar is not None:
            asked += ["?display=calendar", "?display=calendar&period=week"]
        # The chips of all columns at once: a page for each filter would take a minute.
        columns = [
            [f"f.{name}.{op}={value}" for op, value in tried(world, view, name)]
            for name in view.search_columns
        ]
        asked += ["?" + "&".join(filter(None, some)) for some in zip_longest(*columns)]
        for question in asked:
            answer = world.call("GET", f"{view.route_base}/list/{question}")
            assert answer.status_code < 500, (view.endpoint, question)
            where = f"{view.endpoint}{question}"
            wrong += seen(reader, where, texts_of(answer.get_data(as_text=True)))
    assert not wrong, said(wrong)


def tried(world, view, name):
    """Operator and value of filters on a column."""
    if name in view.enums:
        with world.app.test_request_context():
            return [("eq", str(value)) for value, _word in view.enum_choices(name)]
    if view._is_relation(name):
        return [("none", "1")]
    kind = inspect(view.datamodel.obj).column_attrs[name].columns[0].type
    if isinstance(kind, UTCDateTime) or kind.python_type is date:
        return [("ge", "2026-11-01"), ("lt", "2026-12-01"), ("eq", "2026-11-01")]
    if kind.python_type is bool:
        return [("eq", "1"), ("eq", "0")]
    if isinstance(kind, Exact) or kind.python_type is int:
        return [("ge", "1"), ("lt", "74.9" if isinstance(kind, Exact) else "12")]
    return [("has", OURS)]


def test_every_column_of_a_timeline(world, reader):
    """A record's page names each column of its history, its numbers and its days."""
    wrong = []
    for view in world.screens():
        for attribute in inspect(view.datamodel.obj).column_attrs:
            if not attribute.columns[0].info.get("tracked"):
                continue
            with world.app.test_request_context(headers={"Accept-Language": reader.language}):
                label = view._change_label(attribute.key)
            wrong += seen(reader, view.endpoint, [label])
            wrong += [f"{view.endpoint}: {label}"] if label == attribute.key else []
    assert not wrong, said(wrong)


@LESS
def test_every_exported_list(world, reader):
    wrong = []
    with world.app.app_context():
        for view in world.screens():
            for form in ("csv", "xlsx"):
                data = listed.export(world.browser, view, form, language=reader.language)
                where = f"{view.endpoint}.{form}"
                if form == "csv":
                    texts = [cell for row in listed.rows_of(data) for cell in row]
                else:
                    sheet = load_workbook(io.BytesIO(data)).active
                    texts = [c for row in sheet.values for c in row if isinstance(c, str)]
                wrong += seen(reader, where, texts)
    assert not wrong, said(wrong)


def test_every_paper(world, own):
    """Papers speak the authority's language."""
    reader = Reader("fr", own)
    client = world.app.test_client()
    engines.sign_in(client, "admin")
    sheet = client.get(f"/workorderview/sheet/{world.full['WorkOrder']}")
    wrong = seen(reader, "sheet", lines_of(sheet.get_data()))
    assert not wrong, said(wrong)


def lines_of(pdf):
    """The lines of a paper."""
    pages = PdfReader(io.BytesIO(pdf)).pages
    return [line for page in pages for line in page.extract_text().splitlines() if line.strip()]
