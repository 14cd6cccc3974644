"""The traceability report: seals and their verification, words of what changed."""

import io
import json
from datetime import date
from decimal import Decimal

from pypdf import PdfReader

from base.papers.reporting import get
from base.rules.rights.actors import job_session
from base.store.mixins import EUROS, PRICE, Said
from base.upkeep.seals.sealing import seal_now
from reports import queries
from reports.catalogue.trace_words import Change, _fact, _shown
from tests.base.sealing import tampering
from tests.reports.test_catalogue import ask, content, document, finished

BOILER = {"asset": "EQP-1"}


def seal_rows():
    made, tables = content("traceability", **BOILER)
    return dict(made.facts)["Scellés du journal"], tables["seals"][0], len(tables["events"][0])


def change(name):
    with job_session((1,), "user:2", "test") as session:
        queries.assets_with_code(session, "EQP-1")[0].name = name


def test_events_wait_for_a_seal_then_are_verified(tilleuls):
    words, rows, _count = seal_rows()
    assert words == "aucun événement n’est encore scellé"
    assert [row[:5] for row in rows] == [[None, None, None, 3, None]]
    seal = seal_now("test")
    words, rows, _count = seal_rows()
    assert words == "3 événements, tous scellés et vérifiés"
    assert [(row[0], row[2], row[3], row[4], row[5]) for row in rows] == [
        (1, seal.size, 3, seal.root, "vérifié")
    ]
    change("Chaudière à gaz")
    assert seal_rows()[0].startswith("3 événements sur 4 scellés et vérifiés")


def test_a_later_seal_changes_nothing_and_a_covering_one_does(tilleuls):
    seal_now("test")
    first = ask(code="traceability", form="pdf", **BOILER)
    with job_session((1,), "user:2", "test") as session:
        queries.assets_with_code(session, "BAT-2")[0].name = "Hôtel de ville"
    seal_now("test")
    again = ask(code="traceability", form="pdf", **BOILER)
    assert finished(again)[3] == first
    assert finished(ask(code="traceability", form="csv", **BOILER))[1] == finished(first)[1]
    change("Chaudière à gaz")
    waiting = ask(code="traceability", form="pdf", **BOILER)
    seal_now("test")
    sealed = ask(code="traceability", form="pdf", **BOILER)
    assert finished(sealed)[3] is None
    assert finished(sealed)[1] != finished(waiting)[1]


def test_a_changed_event_is_named(tilleuls):
    change("Chaudière à gaz")
    seal_now("test")
    with job_session((1,), "user:2", "test", readonly=True) as session:
        asset = queries.assets_with_code(session, "EQP-1")[0]
        seq = list(queries.events_of(session, [("patrimoine_asset", [asset.id])], last=None))[
            -1
        ].seq
    with tampering() as connection:
        lie = json.dumps({"name": ["Chaudière", "Poêle"]})
        connection.exec_driver_sql(
            f"UPDATE base_event SET changes = '{lie}' WHERE seq = {seq}"  # noqa: S608
        )
    words, rows, _count = seal_rows()
    assert words == "la vérification a échoué\u00a0: voir «\u00a0Scellés\u00a0»"
    assert rows[0][5] == f"événements changés\u00a0: n° {seq}"


def test_what_was_left_empty_at_the_start_is_not_told(tilleuls):
    _made, tables = content("traceability", **BOILER)
    rows, _total = tables["events"]
    assert [row[5:] for row in rows if row[4] == "création" and row[7] == ""] == []


def test_a_fact_is_told_by_its_text():
    scan = [Change("kind", None, "scan"), Change("text", None, "Étiquette imprimée")]
    assert [(c.column, c.after) for c in _fact(scan)] == [("", "Étiquette imprimée")]
    other = [Change("rows", None, 3), Change("text", None, "x")]
    assert _fact(other) == other


def test_no_column_of_an_asset_is_told_by_the_name_that_programs_give_it(app):
    """What is made of other columns is left out, and all else has its word."""
    from sqlalchemy import inspect

    from base.store.history.wording import in_a_line
    from patrimoine.models import Asset
    from reports.catalogue.trace_identity import _LEFT_OUT

    kinds = [mapper.class_ for mapper in inspect(Asset).self_and_descendants]
    keys = {column.key for kind in kinds for column in inspect(kind).column_attrs} - _LEFT_OUT
    assert keys and not [key for key in keys if "_" in in_a_line("patrimoine_asset", key)]


def test_a_price_of_a_piece_is_told_as_finely_as_it_is_kept():
    price, amount = Said(unit=PRICE), Said(unit=EUROS)
    assert _shown(Decimal("1.5567"), price) == "1,5567\u00a0€"
    assert _shown(Decimal("14.9000"), price) == "14,90\u00a0€"
    assert _shown(Decimal("6.23"), amount) == "6,23\u00a0€"


def on_paper(**given):
    """The words of the PDF, its spaces made one."""
    data = document(ask(code="traceability", form="pdf", **given))
    pages = PdfReader(io.BytesIO(data)).pages
    text = " ".join(page.extract_text() for page in pages)
    return len(pages), " ".join(text.replace("\u00a0", " ").split())


def test_each_event_is_one_line_on_paper_and_every_value_of_it_is_there(tilleuls):
    """What the trail itself holds is held against the text of the PDF."""
    notes = " ".join(f"mot{n}" for n in range(400))
    with job_session((1,), "user:2", "test") as session:
        boiler = queries.assets_with_code(session, "EQP-1")[0]
        boiler.name, boiler.brand, boiler.notes = "Chaudière à gaz", "Viessmann", notes
        boiler.status, boiler.acquired_on = "in_repair", date(2019, 10, 31)
        boiler.acquisition_cost_eur = Decimal("12345.60")
    with job_session((1,), "user:2", "test") as session:
        queries.assets_with_code(session, "EQP-1")[0].brand = None
        asset_id = queries.assets_with_code(session, "EQP-1")[0].id
    _count, text = on_paper(**BOILER)
    with job_session((1,), "user:2", "test", readonly=True) as session:
        events = list(queries.events_of(session, [("patrimoine_asset", [asset_id])], last=None))
        assert len(events) == 3
        told = [json.loads(e.changes) if isinstance(e.changes, str) else e.changes for e in events]
    words = {
        *("Chaudière", "EQP-1", "Chaudière à gaz", "Viessmann → vide", "31/10/2019", "12 345,60 €"),
        *("état : En service → En réparation", "nom : Chaudière → Chaudière à gaz"),
        *("Bien, création", "Bien, modification"),
    }
    assert [word for word in words if word not in text] == []
    texts = {
        word
        for changes in told
        for column, value in changes.items()
        if column in ("name", "code", "brand", "notes")
        for side in (value if isinstance(value, list) else [value])
        for word in str(side or "").split()
    }
    assert len(texts) > 400 and [word for word in texts if word not in text] == []
    assert " De À " not in text and "…" not in text.split("Événements")[-1].split("SHA-256")[0]


def test_the_paper_has_every_value_that_the_files_have(tilleuls):
    with job_session((1,), "user:2", "test") as session:
        queries.assets_with_code(session, "BAT-2")[0].name = "Hôtel de ville"
    _made, tables = content("traceability", asset="BAT-2")
    _count, text = on_paper(asset="BAT-2")
    rows, _total = tables["events"]
    values = [value.replace("\u00a0", " ") for row in rows for value in row[5:]]
    assert len(values) > 20 and [value for value in values if value not in text] == []
    with job_session((1,), "user:2", "test", readonly=True) as session:
        report = get("traceability")
        values = report.read({"asset": "BAT-2"}, today=date(2026, 11, 23))
        table = report.function(session, values, lambda percent, text: None).tables[-1]
        lines = [line for line in table.read_by_people().rows() if not line.same]
    assert [line.cells[1] for line in lines] == list(dict.fromkeys(row[1] for row in rows))


def test_the_identity_has_the_words_of_the_screen(tilleuls):
    _made, tables = content("traceability", **BOILER)
    words = [row[0] for row in tables["identity"][0]]
    assert words[:6] == ["N° d’inventaire", "Nom", "Nature", "Catégorie", "État", "Rattaché à"]
