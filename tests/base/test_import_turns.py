"""Two imports of the same records at once: what one wrote, the other does not write again."""

from __future__ import annotations

import io
import threading
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from base.desk.imports import api, command, engine
from base.desk.imports.command import import_file
from base.desk.imports.declaration import importer_of
from base.desk.imports.engine import Source, commit, examine, keep_report
from base.desk.imports.rows import Stale
from base.desk.imports.undo import undo_import
from base.papers.files.store import current_store
from base.rules.rights.actors import job_session, system_session
from base.store.models.imports import ImportBatch
from interventions.models import ServiceRequest, StockLevel, Store
from tests.factories.interventions import building

TITLES = "Référence;Désignation;Unité;Magasin;Entrée;Prix unitaire;Reçu le\n"
FIRST = TITLES + "X1;Robinet;pièce;CENTRAL;1;2,50;01/10/2026\n"
AGAIN = TITLES + "X1;Robinet;pièce;CENTRAL;10;2,50;02/11/2026\n"


@pytest.fixture
def deliveries(app: Any, tmp_path: Any) -> Any:
    """An article with one piece in its store, and a delivery of ten more."""
    with system_session("tests") as session:
        session.add(Store(entity_id=1, code="CENTRAL", name="Magasin central"))
    paths = []
    for name, text in (("a", FIRST), ("b", AGAIN)):
        path = tmp_path / f"{name}.csv"
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    assert import_file("stock", paths[0], entity="A").created == 1
    return paths[1]


def pieces() -> Decimal:
    with system_session("tests", readonly=True) as session:
        return Decimal(session.scalar(select(func.sum(StockLevel.quantity))) or 0)


def compared(kind: str, path: Any) -> Any:
    """A file read and compared with what is recorded now."""
    store = current_store()
    stored = store.put(path.read_bytes(), media_type="text/csv", label=path.name)
    with job_session((1,), "user:1", "tests", readonly=True) as session:
        return examine(session, importer_of(kind), 1, Source.of(store, stored))


def written(examination: Any) -> None:
    with job_session((1,), "user:1", "tests") as session:
        commit(session, examination, keep_report(current_store(), examination))


def test_what_was_compared_before_another_was_written_is_not_written(deliveries: Any) -> None:
    first, second = compared("stock", deliveries), compared("stock", deliveries)
    written(first)
    with pytest.raises(Stale):
        written(second)
    assert pieces() == 11
    assert import_file("stock", deliveries, entity="A").unchanged == 1
    assert pieces() == 11


def test_what_was_compared_before_another_was_taken_back_is_not_written(deliveries: Any) -> None:
    written(compared("stock", deliveries))
    second = compared("stock", deliveries)
    with job_session((1,), "user:1", "tests") as session:
        last = session.scalars(select(ImportBatch).order_by(ImportBatch.id.desc())).first()
        undo_import(session, last)
    with pytest.raises(Stale):
        written(second)
    assert pieces() == 1


def test_other_records_are_no_reason(deliveries: Any, tmp_path: Any) -> None:
    found = compared("stock", deliveries)
    other = tmp_path / "agents.csv"
    other.write_text("Matricule;Nom;Prénom\nA9;Duval;Ana\n", encoding="utf-8")
    assert import_file("agents", other, entity="A").created == 1
    written(found)
    assert pieces() == 11


def test_by_rest_it_is_compared_anew(deliveries: Any, api_of: Any, monkeypatch: Any) -> None:
    """Another import ends between the comparison and the writing of the first try."""
    looked = []

    def meanwhile(*given: Any, **more: Any) -> Any:
        found = examine(*given, **more)
        if not looked:
            looked.append(1)
            written(compared("stock", deliveries))
        return found

    monkeypatch.setattr(api, "examine", meanwhile)
    sent = {"file": (io.BytesIO(AGAIN.encode()), "b.csv"), "entity": "A"}
    answer = api_of("admin")("POST", "/api/v1/import/stock", data=sent)
    assert (answer.status_code, answer.get_json()["unchanged"]) == (200, 1)
    assert looked and pieces() == 11


@pytest.mark.parametrize("kind", ["stock", "requests"])
def test_two_at_the_same_moment_count_once(
    kind: str, deliveries: Any, app: Any, monkeypatch: Any, tmp_path: Any
) -> None:
    """Both have compared before either writes: it is the writing that they do in turn."""
    path = deliveries
    if kind == "requests":
        with system_session("tests") as session:
            building(session, 1, code="B-1", name="École")
        path = tmp_path / "demandes.csv"
        path.write_text("N° d’origine;Bien;Objet;Reçue le\nQ1;B-1;Vitre;02/11/2026\n", "utf-8")
    both, tries, reports, faults = threading.Barrier(2, timeout=60), [0], [], []

    def together(*given: Any, **more: Any) -> Any:
        found = engine.examine(*given, **more)
        tries[0] += 1
        if tries[0] <= 2:
            both.wait()
        return found

    monkeypatch.setattr(command, "examine", together)

    def run() -> None:
        try:
            with app.app_context():
                reports.append(import_file(kind, path, entity="A"))
        except Exception as fault:  # told by the assertion below
            faults.append(fault)

    threads = [threading.Thread(target=run) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    done = sorted((r.created + r.updated, r.unchanged) for r in reports)
    assert done == [(0, 1), (1, 0)]
    if kind == "stock":
        assert pieces() == 11
    else:
        with system_session("tests", readonly=True) as session:
            assert session.scalar(select(func.count(ServiceRequest.id))) == 1
