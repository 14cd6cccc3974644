"""Seals: made once, proved, and nothing changed behind them goes unseen."""

from __future__ import annotations

import json
import stat
import threading

import pytest

from base.basics import clock
from base.basics.errors import NotFound, StartRefused
from base.engine.jobs import run as do_job
from base.engine.jobs.poller import ask_by_itself
from base.engine.jobs.queries import count_failed, last_failed
from base.engine.jobs.queue import close
from base.processes import cli
from base.rules.rights import current
from base.rules.rights.actors import job_session, system_session
from base.store.database import db
from base.store.models import Partner
from base.store.models.jobs import JobRun
from base.upkeep import seals
from base.upkeep.seals import leaf, merkle, sealing, signing
from tests.base.sealing import (
    check,
    faults,
    fill,
    last_seq,
    note,
    sealed,
    seals_of,
    tamper,
)


def _rows(**kwargs):
    with db.engine.connect() as connection:
        return list(leaf.rows(connection, **kwargs))


def test_a_leaf_is_the_canonical_form_of_its_entry():
    row = (
        7,
        "2026-03-01T09:30:00.000000Z",
        "user:2",
        "POST /é",
        "U",
        "base_partner",
        12,
        None,
        '{"name":["A\\n","É « \U0001f600 »"]}',
    )
    data = leaf.canonical(row)
    assert data.decode() == (
        '{"actor":"user:2","at":"2026-03-01T09:30:00.000000Z","changes":"{\\"name\\":[\\"A\\\\n'
        '\\",\\"É « \U0001f600 »\\"]}","door":"POST /é","entity_id":null,"op":"U",'
        '"record":"base_partner","record_id":12,"seq":7}'
    )
    assert list(json.loads(data)) == sorted(leaf.FIELDS)


def test_both_engines_give_the_same_bytes(app):
    """The entry made here has the same leaf wherever it is read."""
    from datetime import UTC, datetime

    from sqlalchemy import insert

    from base.store.models import Event

    seq = last_seq() + 1
    with db.engine.begin() as connection:
        connection.execute(
            insert(Event).values(
                seq=seq,
                at=datetime(2026, 7, 14, 22, 30, 5, 70, tzinfo=UTC),
                actor="user:1",
                door="test",
                op="V",
                record="base_partner",
                record_id=3,
                entity_id=1,
                changes="{}",
            )
        )
    assert leaf.canonical(_rows(after=seq - 1)[0]).decode() == (
        '{"actor":"user:1","at":"2026-07-14T22:30:05.000070Z","changes":"{}","door":"test",'
        f'"entity_id":1,"op":"V","record":"base_partner","record_id":3,"seq":{seq}}}'
    )


def test_the_root_of_a_seal_is_that_of_all_entries(app):
    seal = sealed(300, 1, 700)
    rows = _rows()
    assert seal.number == 3 and seal.size == len(rows) == rows[-1][leaf.SEQ]
    assert seal.root == merkle.root(leaf.hash_of(row) for row in rows).hex()
    first = seals_of()[0]
    assert first.previous_root == merkle.EMPTY.hex()
    assert [s.previous_root for s in seals_of()[1:]] == [s.root for s in seals_of()[:-1]]
    assert faults() == {} and check().entries == len(rows)


def test_nothing_new_makes_no_seal(app):
    first = sealed(3)
    again = sealing.seal_now("test")
    assert (again.number, again.size) == (1, first.size)
    assert faults() == {}


def test_the_first_seal_says_with_which_key_it_is_signed(app):
    seal = sealed(2)
    row = next(r for r in _rows() if r[leaf.RECORD] == "base_seal_key")
    assert json.loads(row[leaf.CHANGES])["text"] == seal.key
    path = current.settings().data_dir / signing.FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert signing.fingerprint(signing.public_hex(signing.private_key(path.parent))) == seal.key


def test_a_damaged_key_is_refused_with_a_sentence(tmp_path):
    (tmp_path / signing.FILE).write_text("rien")
    with pytest.raises(StartRefused, match="illisible"):
        signing.private_key(tmp_path)


def test_a_long_trail_gets_several_seals(app, monkeypatch):
    monkeypatch.setattr(sealing, "MOST", 250)
    seal = sealed(600)
    assert seal.number >= 3 and seal.size == last_seq()
    assert faults() == {}


def test_two_sealers_at_once_make_one_seal(app):
    fill(400)
    barrier, made = threading.Barrier(2), []

    def run():
        with app.app_context():
            barrier.wait()
            made.append(sealing.seal_now("test").size)

    # The key is there: who is first to make it is another matter.
    note("before")
    sealing.seal_now("test")
    fill(400, start=1000)
    threads = [threading.Thread(target=run) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [last_seq()] * 2 and len(seals_of()) == 2
    assert faults() == {}


def test_a_draft_overtaken_is_not_written(app):
    sealed(5)
    fill(5, start=50)
    key = signing.private_key(current.settings().data_dir)
    draft = sealing.prepare(db.engine, last_seq())
    sealing.seal_now("test")
    with system_session("test") as session:
        assert sealing.write(session, draft, key) is False
    assert len(seals_of()) == 2 and faults() == {}


def test_no_seal_over_a_trail_with_a_hole(app):
    sealed(5)
    fill(5, start=50)
    hole = last_seq() - 2
    tamper("DELETE FROM base_event WHERE seq = :seq", seq=hole)
    with pytest.raises(sealing.SealRefused, match=f"n° {hole}"):
        sealing.seal_now("test")


def test_a_seal_that_stays_refused_leaves_one_failed_job(app):
    sealed(5)
    fill(5, start=50)
    tamper("DELETE FROM base_event WHERE seq = :seq", seq=last_seq() - 2)

    def quarter(hour):
        with db.engine.begin() as connection:
            key = f"base.seal:test:{hour}"
            number = ask_by_itself(connection, "base.seal", key, clock.now())
        do_job(number)
        with system_session("test", readonly=True) as session:
            row = session.get_one(JobRun, number)
            return row.state, json.loads(row.result or "{}").get("refused", row.last_error)

    told = [quarter(hour) for hour in range(3)]
    assert [state for state, _words in told] == ["dead", "done", "done"]
    assert len({words for _state, words in told}) == 1 and told[0][1]
    with system_session("test") as session:
        row = last_failed(session)
        assert count_failed(session) == 1
        close(session, row, reason="Vu")
    # Put away, and still so: it is said anew.
    assert quarter(4)[0] == "dead"


# --- proofs -----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 255, 256, 257, 1100])
def test_every_entry_is_proved(app, size):
    seal = sealed(size)
    rows = _rows()
    with job_session((1,), "user:2", readonly=True) as session:
        for seq in {1, 2, seal.size // 2 or 1, seal.size - 1 or 1, seal.size}:
            proof = seals.proof_of(session, seq)
            assert proof.holds() and proof.root == seal.root
            assert proof.leaf == leaf.hash_of(rows[seq - 1]).hex()
        with pytest.raises(NotFound):
            seals.proof_of(session, seal.size + 1)
        with pytest.raises(NotFound):
            seals.proof_of(session, 0)


def test_a_sealed_trail_is_proved_to_begin_a_longer_one(app):
    sealed(300, 20, 600)
    sizes = [s.size for s in seals_of()]
    with system_session("test", readonly=True) as session:
        for first in sizes:
            for second in sizes:
                if first <= second:
                    assert seals.consistency(session, first, second).holds()
        with pytest.raises(NotFound):
            seals.consistency(session, sizes[1], sizes[0])
        with pytest.raises(NotFound):
            seals.consistency(session, sizes[0], sizes[0] + 1)
        old = seals.proof_of(session, 3, size=sizes[0])
        assert old.holds() and old.size == sizes[0]


def test_the_head_and_what_covers_an_entry(app):
    with system_session("test", readonly=True) as session:
        assert seals.head(session).size == 0
        assert seals.seal_covering(session, 1) is None
    seal = sealed(10)
    fill(2, start=90)
    with system_session("test", readonly=True) as session:
        head = seals.head(session)
        assert (head.last_seq, head.size, head.root) == (last_seq(), seal.size, seal.root)
        assert head.signature == seal.signature
        assert seals.seal_covering(session, 4).number == 1
        assert seals.seal_covering(session, seal.size + 1) is None
        assert seals.seal_covering(session, 0) is None


# --- commands ---------------------------------------------------------------------------------


@pytest.fixture
def here(app, monkeypatch):
    """Commands work on the database of the test."""
    from base.processes.cli import installed

    monkeypatch.setattr(installed, "bare", lambda: app)
    return app


def test_the_commands_seal_and_verify(here, capsys):
    with system_session("test") as session:
        session.add_all(Partner(entity_id=1, code=f"F{n}", name=f"Tiers {n}") for n in range(20))
    assert cli.run(["seal"]) == 0
    sentence, anchor = capsys.readouterr().out.splitlines()
    seal = seals_of()[-1]
    assert sentence == f"Scellé n° 1 : {seal.size} faits." and anchor == f"{seal.size}:{seal.root}"
    assert cli.run(["verify", "--anchor", anchor, "--key", seal.key]) == 0
    assert anchor in capsys.readouterr().out
    assert cli.run(["verify", "--anchor", f"{seal.size}:{'0' * 64}"]) == 1
    assert "ÉCHEC anchor" in capsys.readouterr().out
    assert cli.run(["verify", "--anchor", "x"]) == 2
    assert "TAILLE:RACINE" in capsys.readouterr().err


def test_the_command_says_the_fault_as_json(here, capsys):
    sealed(20)
    tamper("UPDATE base_event SET actor = 'x' WHERE seq = 7")
    assert cli.run(["verify", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is False and found["first_seq"] == 7
    told = {f["kind"]: f for f in found["faults"]}
    assert told["changed"]["sentence"] == "Le fait n° 7 du journal a été changé."
    assert found["seals"] == 1


# --- when ---------------------------------------------------------------------------------------


def test_the_periodic_job_seals_and_may_run_twice(app):
    from base.engine.jobs import KINDS

    fill(30)
    kind = KINDS["base.seal"]

    class Try:
        door = "job base.seal #1"
        result: dict = {}  # noqa: RUF012

    made = kind.prepare({}, Try)
    kind.apply(None, made, Try)
    assert Try.result == {"number": 1, "size": last_seq()}
    assert kind.prepare({}, Try) == made
    assert faults() == {}


def test_a_seal_is_asked_for_as_soon_as_much_is_new(app):
    from base.upkeep.seals.periodic import ask_seal

    sealing.seal_now("test")
    assert ask_seal(db.engine) is None
    fill(sealing.MANY)
    first = ask_seal(db.engine)
    assert first is not None and ask_seal(db.engine) is None
    sealing.seal_now("test")
    fill(sealing.MANY, start=5000)
    assert ask_seal(db.engine) not in (None, first)


@pytest.mark.parametrize("gone", ["", " WHERE number > 1"])
def test_seals_that_are_gone_are_said_and_the_command_ends(app, gone):
    sealed(5, 5)
    for table in () if gone else ("base_seal_leaf", "base_seal_node"):
        tamper(f"DELETE FROM {table}")
    tamper(f"DELETE FROM base_seal{gone}")
    fill(3, start=500_000)
    with pytest.raises(
        sealing.SealRefused, match="Les scellés du journal manquent|n’est plus celui"
    ):
        sealing.seal_now("test")
