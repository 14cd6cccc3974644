"""The keys of codes are made for registers that are there already, doubles among them."""

import importlib

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

MIGRATION = "patrimoine.migrations.versions.patrimoine_0011_codes_folded_and_inspections"
SERIALS = "patrimoine.migrations.versions.patrimoine_0012_serial_numbers_folded"


def test_codes_of_before_get_their_keys_and_none_is_changed():
    engine = sa.create_engine("sqlite://")
    codes = {1: "BAT-1", 2: "bat-1", 3: "BAT\u20111", 4: "Q 1", 5: "BAT-2"}
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE patrimoine_asset (id INTEGER PRIMARY KEY, entity_id INTEGER,"
            " code VARCHAR(60), kind VARCHAR(20), archived_on DATE)"
        )
        connection.execute(
            sa.text("INSERT INTO patrimoine_asset (id, entity_id, code) VALUES (:i, :e, :c)"),
            [{"i": i, "e": 2 if i == 5 else 1, "c": c} for i, c in codes.items()],
        )
        migration = importlib.import_module(MIGRATION)
        with Operations.context(MigrationContext.configure(connection)):
            migration.upgrade()
            rows = connection.exec_driver_sql(
                "SELECT id, code, code_key FROM patrimoine_asset ORDER BY id"
            ).all()
            assert {row[0]: row[1] for row in rows} == codes
            # The first keeps the key of all three; the others have one that no code can have.
            keys = [row[2] for row in rows]
            assert (keys[0], keys[3], keys[4]) == ("bat-1", "q 1", "bat-2")
            assert len(set(keys)) == 5 and keys[1].endswith("\x1f2")
            migration.downgrade()
        left = connection.exec_driver_sql("PRAGMA table_info(patrimoine_asset)").all()
        assert {row[1] for row in left} == {"id", "entity_id", "code", "kind", "archived_on"}


def test_serial_numbers_of_before_get_their_keys_and_none_is_changed():
    engine = sa.create_engine("sqlite://")
    rows = [  # id, authority, category, number, key
        (1, 1, 7, "Z3", "z3"),
        (2, 1, 7, "z3", "z3\x1f2"),
        (3, 1, 8, "z3", "z3"),
        (4, 2, 7, "z3", "z3"),
        (5, 1, None, "z3", "z3"),
        (6, 1, None, "Z3", "z3"),
        (7, 1, 7, None, None),
    ]
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE patrimoine_asset (id INTEGER PRIMARY KEY, entity_id INTEGER,"
            " category_id INTEGER, serial_number VARCHAR(120))"
        )
        connection.execute(
            sa.text("INSERT INTO patrimoine_asset VALUES (:i, :e, :c, :n)"),
            [dict(zip("iecn", row[:4], strict=True)) for row in rows],
        )
        migration = importlib.import_module(SERIALS)
        with Operations.context(MigrationContext.configure(connection)):
            migration.upgrade()
            kept = connection.exec_driver_sql("SELECT * FROM patrimoine_asset ORDER BY id").all()
            assert [tuple(row) for row in kept] == rows
            migration.downgrade()
        left = connection.exec_driver_sql("PRAGMA table_info(patrimoine_asset)").all()
        assert {row[1] for row in left} == {"id", "entity_id", "category_id", "serial_number"}
