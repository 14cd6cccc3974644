"""The traceability report: seals and their verification, words of what changed."""

import json

from base.rules.rights.actors import job_session
from base.upkeep.seals.sealing import seal_now
from reports import queries
from reports.catalogue.words import Change, _fact
from tests.base.sealing import tampering
from tests.reports.test_catalogue import ask, content, finished

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
