"""Backups with readings, whose references PostgreSQL keeps by triggers and not by foreign keys."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from base.processes import restoring
from base.rules.rights.actors import job_session
from base.store.database import db
from base.upkeep import doctor, references
from base.upkeep.backups import archive, making
from tests.base.sealing import tamper
from tests.base.test_backups import content, opened, postgres_programs, without_restore
from tests.energie.samples import PRM, curve
from tests.factories import energie as factory

TOOLS = ("pg_dump", "copy")


@pytest.fixture
def measured(full, tmp_path):
    """The installation with a curve: readings that follow their parents in no alphabet."""
    from energie.imports.readings import Who, import_readings

    with job_session((1,), "user:1") as session:
        factory.point(session, reference=PRM, entity_id=1)
    path = tmp_path / "courbe.csv"
    path.write_text(curve(), encoding="utf-8")
    at = datetime(2026, 1, 2, 8, tzinfo=UTC)
    who = Who(1, (1,), "user:1")
    import_readings(path, label="courbe", digest="0" * 64, who=who, at=at, pause=0)
    return full


def choose(tool, server, monkeypatch):
    """Let the rows be taken by ``pg_dump`` or by ourselves."""
    if server.kind == "sqlite":
        if tool == "copy":
            pytest.skip("SQLite a un seul moyen")
        return
    monkeypatch.setenv("PATH", str(postgres_programs()) if tool == "pg_dump" else "")


def comes_back(app, elsewhere, target):
    """Make a backup, restore it elsewhere, and hold every row against what was saved."""
    before = content(app)
    made = making.back_up(app, target)
    restored = restoring.restore(elsewhere, target)
    there = opened(elsewhere)
    assert without_restore(content(there)) == without_restore(before)
    assert [f for f in restored.findings if f.state == "fault"] == []
    found = {f.check: f for f in doctor.examine(there, everything=True)}
    assert [f for f in found.values() if f.state == "fault"] == []
    with there.app_context():
        db.engine.dispose()
    return made


@pytest.mark.parametrize("tool", TOOLS)
def test_readings_come_back(measured, elsewhere, server, tmp_path, monkeypatch, tool):
    choose(tool, server, monkeypatch)
    made = comes_back(measured, elsewhere, tmp_path / "s.zip")
    assert made.tables["energie_reading"] == 426


@pytest.mark.slow
@pytest.mark.parametrize("tool", TOOLS)
def test_the_whole_demonstration_comes_back(app, elsewhere, server, tmp_path, monkeypatch, tool):
    from reports.demonstration import run

    @contextlib.contextmanager
    def nobody():
        yield lambda: False

    choose(tool, server, monkeypatch)
    monkeypatch.setattr(run, "worker", nobody)
    run.run(None, "full")
    made = comes_back(app, elsewhere, tmp_path / "s.zip")
    assert made.tables["energie_reading"] > 20_000
    assert made.tables["patrimoine_cost_line"] > 1_000


def test_a_broken_reference_is_named_and_changes_nothing(measured, elsewhere, server, tmp_path):
    orphan = (
        "INSERT INTO energie_reading (series_id, start_at, value_milli, quality, batch_id) "
        "VALUES (99, 0, 0, 1, 99)"
    )
    tamper(orphan)
    found = {f.check: f for f in doctor.examine(measured)}
    assert found["foreign_keys"].state == "fault"
    assert "energie_reading" in found["foreign_keys"].sentence
    making.back_up(measured, tmp_path / "s.zip")
    with pytest.raises(restoring.NotRestored, match="liens rompus dans\u00a0: energie_reading"):
        restoring.restore(elsewhere, tmp_path / "s.zip")
    if server.kind == "postgresql":
        there = opened(elsewhere)
        with there.app_context(), db.engine.connect() as connection:
            assert (
                connection.execute(
                    text(
                        "SELECT count(*) FROM pg_class c JOIN pg_namespace n "
                        "ON n.oid = c.relnamespace WHERE n.nspname = 'public'"
                    )
                ).scalar_one()
                == 0
            )
        with there.app_context():
            db.engine.dispose()


def test_a_broken_foreign_key_is_named(measured, elsewhere, server, tmp_path):
    if server.kind != "postgresql":
        pytest.skip("PostgreSQL seul")
    with db.engine.begin() as connection:
        key = "ALTER TABLE energie_series DROP CONSTRAINT {}"
        for name in (
            connection.execute(
                text(
                    "SELECT conname FROM pg_constraint WHERE contype = 'f' "
                    "AND conrelid = 'energie_series'::regclass"
                )
            )
            .scalars()
            .all()
        ):
            connection.execute(text(key.format(name)))
        connection.execute(text("UPDATE energie_series SET point_id = 99"))
    making.back_up(measured, tmp_path / "s.zip")
    with pytest.raises(archive.Damaged, match="energie_series"):
        restoring.restore(elsewhere, tmp_path / "s.zip")


def test_triggers_of_any_module_are_off_while_rows_load_and_as_before_afterwards(
    measured, elsewhere, server, tmp_path, monkeypatch
):
    """A later module may have a trigger of its own: no list names it."""
    if server.kind != "postgresql":
        pytest.skip("PostgreSQL seul")
    from base.upkeep.schema import migrations

    make_former = migrations.make_former
    refuse = (
        "CREATE FUNCTION refuse_rows() RETURNS trigger AS $$ BEGIN "
        "RAISE EXCEPTION 'refused'; END $$ LANGUAGE plpgsql"
    )
    trigger = (
        "CREATE TRIGGER refuse_{0} BEFORE INSERT ON {0} FOR EACH ROW EXECUTE FUNCTION refuse_rows()"
    )
    states = {"base_partner": "ALWAYS", "base_entity": "REPLICA", "energie_series": ""}

    def with_triggers(connection, modules, revisions):
        make_former(connection, modules, revisions)
        connection.execute(text(refuse))
        for table, state in states.items():
            connection.execute(text(trigger.format(table)))
            connection.execute(text(f"ALTER TABLE {table} ENABLE {state} TRIGGER refuse_{table}"))
        connection.execute(text("ALTER TABLE energie_series DISABLE TRIGGER refuse_energie_series"))

    monkeypatch.setattr(migrations, "make_former", with_triggers)
    making.back_up(measured, tmp_path / "s.zip")
    restoring.restore(elsewhere, tmp_path / "s.zip")
    there = opened(elsewhere)
    with there.app_context(), db.engine.connect() as connection:
        found = dict(
            connection.execute(
                text("SELECT tgname, tgenabled::text FROM pg_trigger WHERE NOT tgisinternal")
            ).all()
        )
        assert [found[f"refuse_{table}"] for table in states] == ["A", "R", "D"]
        assert {state for name, state in found.items() if not name.startswith("refuse")} == {"O"}
    with there.app_context():
        db.engine.dispose()


def test_every_reference_that_a_trigger_keeps_is_declared_by_its_model(app, server):
    """What a trigger refuses, the examination must know: it reads the models alone."""
    if server.kind != "postgresql":
        pytest.skip("PostgreSQL seul")
    keeps = text(
        "SELECT DISTINCT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "JOIN pg_proc p ON p.oid = t.tgfoid "
        "WHERE NOT t.tgisinternal AND (t.tgtype & 4) <> 0 "
        "AND p.prosrc LIKE '%foreign_key_violation%'"
    )
    with db.engine.connect() as connection:
        declared = {key.table.name for key in references.kept_by_none(connection)}
        assert (
            set(connection.execute(keeps).scalars())
            == declared
            == {
                "energie_reading",
                "energie_reading_history",
            }
        )
