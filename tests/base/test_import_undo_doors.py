"""Undoing an import by screen, by REST, by command and by job: rights, scope, one effect."""

import re

import pytest
from sqlalchemy import func, select

from base.desk.imports.command import import_file, run_undo
from base.engine import jobs
from base.rules.rights.actors import system_session
from base.store.models import ImportBatch, Message, Partner
from tests.base.test_import_doors import token
from tests.base.test_imports import FILE, given, partners  # noqa: F401


@pytest.fixture
def number(sqlite_app, given):  # noqa: F811
    """An import of two partners in A, on one of which somebody has written."""
    found = import_file("suppliers", given(FILE), entity="A").batch_id
    with system_session("test") as session:
        row = session.scalars(select(Partner).where(Partner.code == "DUR")).one()
        session.add(Message(entity_id=1, record="base_partner", record_id=row.id, body="!"))
    return found


def test_a_person_sees_what_would_happen_then_undoes(sqlite_client_of, number):
    alice = sqlite_client_of("alice")
    assert "Annuler l’import" in alice.get(f"/imports/{number}").get_data(as_text=True)
    page = alice.get(f"/imports/{number}/undo").get_data(as_text=True)
    words = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "1 retirée" in words and "1 gardée" in words
    assert "DUR · Électricité Durand : a servi : un message s’y rattache" in words
    assert set(partners()) == {"DUR", "MAR"}
    form = {"csrf_token": token(alice, f"/imports/{number}/undo")}
    assert alice.post(f"/imports/{number}/undo", data=form).status_code == 302
    assert set(partners()) == {"DUR"}
    page = alice.get(f"/imports/{number}").get_data(as_text=True)
    words = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "Import annulé" in words and "par Alice" in words
    assert "1 fiche est restée" in words
    alice.post(f"/imports/{number}/undo", data=form)
    assert "déjà annulé" in alice.get(f"/imports/{number}").get_data(as_text=True)
    assert alice.get(f"/imports/{number}/source").status_code == 200
    assert "ne peut pas être annulé" in alice.get(f"/imports/{number}/undo").get_data(as_text=True)


def test_a_program_tries_then_undoes(sqlite_api_of, number):
    alice = sqlite_api_of("alice")
    tried = alice("POST", f"/api/v1/import/{number}/undo", json={"dry_run": True}).get_json()
    assert (tried["removed"], tried["kept"], tried["undone"]) == (1, 1, False)
    assert tried["kept_rows"] == [
        {
            "row": 2,
            "label": "DUR · Électricité Durand",
            "fate": "kept",
            "reason": "a servi\u00a0: un message s’y rattache",
        }
    ]
    key = {"headers": {"Idempotency-Key": "un"}}
    done = alice("POST", f"/api/v1/import/{number}/undo", **key)
    assert (done.status_code, done.get_json()["removed"]) == (200, 1)
    again = alice("POST", f"/api/v1/import/{number}/undo", **key)
    assert again.get_json() == done.get_json()
    refused = alice("POST", f"/api/v1/import/{number}/undo")
    assert refused.status_code == 409 and "déjà annulé" in refused.get_json()["message"]
    assert alice("GET", f"/api/v1/import/{number}").get_json()["state"] == "undone"


def test_rights_and_scope_hold(sqlite_api_of, sqlite_client_of, number):
    assert sqlite_api_of("chloe")("POST", f"/api/v1/import/{number}/undo").status_code == 404
    assert sqlite_api_of("bob")("POST", f"/api/v1/import/{number}/undo").status_code == 403
    assert sqlite_client_of("chloe").get(f"/imports/{number}/undo").status_code == 404
    assert set(partners()) == {"DUR", "MAR"}


def test_a_big_import_is_undone_by_a_job(sqlite_api_of, sqlite_client_of, number, monkeypatch):
    from base.desk.imports import work

    monkeypatch.setattr(work, "QUICK_DEEDS", 1)
    alice = sqlite_api_of("alice")
    accepted = alice("POST", f"/api/v1/import/{number}/undo")
    assert accepted.status_code == 202
    twice = alice("POST", f"/api/v1/import/{number}/undo")
    assert "en cours d’annulation" in twice.get_json()["message"]
    page = sqlite_client_of("alice").get(f"/imports/{number}").get_data(as_text=True)
    assert "Annulation en cours" in page and 'hx-trigger="every 2s"' in page
    jobs.run(accepted.get_json()["job_id"])
    assert set(partners()) == {"DUR"}
    jobs.run(accepted.get_json()["job_id"])
    with system_session("test", readonly=True) as session:
        assert session.scalar(select(ImportBatch.state)) == "undone"
        assert session.scalar(select(func.count()).select_from(Partner)) == 1


def test_the_command_names_what_is_kept(number, capsys):
    assert run_undo(number, dry_run=True) == 0
    out = capsys.readouterr().out
    assert (
        "Ligne 2\u00a0: DUR · Électricité Durand — Gardée\u00a0: a servi\u00a0: un message" in out
    )
    assert "Essai, rien n’est écrit. Fiches\u00a0: 1 retirée, 1 gardée." in out
    assert run_undo(number) == 0
    assert "Import annulé." in capsys.readouterr().out
    assert run_undo(number) == 1
    assert "déjà annulé" in capsys.readouterr().err
    assert run_undo(999) == 1
    assert "Il n’y a pas d’import n° 999." in capsys.readouterr().err
