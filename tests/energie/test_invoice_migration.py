"""Invoices that were there before: their keys are folded, nothing is lost; on both engines."""

from sqlalchemy import inspect, select, text

from base.rules.rights.actors import job_session
from base.store.database import db
from base.upkeep.schema import migrations
from energie.imports.attaching import Who
from energie.imports.readings import import_readings
from energie.models import Invoice
from tests.factories import energie as make

#: Number, SIRET, key as it was, name, amount.
FORMER = [
    ("F-1", "55208131766522", "55208131766522", "Fournisseur", 200),
    ("f 1", "", "552081317", "Fournisseur", 200),
    ("F-1", "", "FR03552081317", "Fournisseur", 200),
    ("F-2", "", "élec d’essai", "Élec d’Essai", -50),
    ("F-3", "", "DE 136.695.976", "Bei Spiel", 10),
]


def test_former_invoices_get_one_identity_and_come_back(app):
    from alembic import command

    modules = app.manifests
    manifest = next(m for m in modules if m.module == "energie")
    with job_session((1,), "user:1") as session:
        make.point(session)
        make.invoice(session, number="F-9", note="rien")
        row = make.invoice(session, number="F-8")
        assert row.state == "booked"
    with db.engine.begin() as connection:
        command.downgrade(migrations._config(manifest, modules, connection), "energie_0003")
        columns = {c["name"] for c in inspect(connection).get_columns("energie_invoice")}
        assert "waiting_reason" not in columns and "number_key" not in columns
        template = dict(
            connection.execute(text("SELECT * FROM energie_invoice WHERE number = 'F-9'"))
            .mappings()
            .one()
        )
        for n, (number, siret, key, name, amount) in enumerate(FORMER, 1):
            units = amount * 100 if connection.dialect.name == "sqlite" else amount
            values = template | {
                "id": 100 + n,
                "number": number,
                "supplier_siret": siret,
                "supplier_key": key,
                "supplier_name": name,
                "amount_ht": units,
                "vat_amount": 0,
                "amount_ttc": units,
            }
            names = ", ".join(values)
            marks = ", ".join(f":{name}" for name in values)
            connection.execute(
                text(f"INSERT INTO energie_invoice ({names}) VALUES ({marks})"), values
            )
    with db.engine.begin() as connection:
        command.upgrade(migrations._config(manifest, modules, connection), "head")
    assert not any(migrations.differences(db.engine, modules).values())
    with job_session((1,), "user:1") as session:
        rows = {row.id: row for row in session.scalars(select(Invoice))}
        told = [(rows[100 + n].supplier_key, rows[100 + n].number_key) for n in range(1, 6)]
        assert told == [
            ("552081317", "f1"),
            ("552081317", "f1~102"),
            # Its number is written like the first one's: it keeps the key that it had.
            ("FR03552081317", "f1"),
            ("elec d essai", "f2"),
            ("DE136695976", "f3"),
        ]
        assert [rows[100 + n].direction for n in (1, 4)] == ["", "credit"]
        assert {(r.waiting_reason, r.state) for r in rows.values() if r.id > 100} == {
            ("POINT_INCONNU", "waiting")
        }
        (booked,) = [row for row in rows.values() if row.state == "booked"]
        assert (booked.waiting_reason, booked.prepaid_eur) == ("", None)
        rows[101].state = "refused"
        session.flush()
    with db.engine.begin() as connection:
        command.downgrade(migrations._config(manifest, modules, connection), "energie_0003")
        state = connection.execute(
            text("SELECT state FROM energie_invoice WHERE id = 101")
        ).scalar_one()
        assert state == "waiting"


def _triggers(connection):
    """What the engine does by itself, by name: what it does, and on which table."""
    if connection.dialect.name == "sqlite":
        found = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name")
    else:
        found = text(
            "SELECT tgname || ' ' || tgrelid::regclass, pg_get_triggerdef(oid) FROM pg_trigger "
            "WHERE NOT tgisinternal ORDER BY 1"
        )
    return {name: told for name, told in connection.execute(found)}


def _kept(connection):
    """The rows of all tables of energy that were there before, by table."""
    names = (
        "energie_delivery_point",
        "energie_series",
        "energie_reading",
        "energie_daily_use",
        "energie_invoice",
        "energie_invoice_line",
        "energie_invoice_share",
        "patrimoine_cost_line",
    )
    return {
        name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()
        for name in names
    }


def test_a_database_with_readings_and_invoices_goes_down_and_up_whole(app, tmp_path):
    """Rows, triggers, checks and foreign keys are what they were; the file of SQLite is sound."""
    import pytest
    from alembic import command
    from sqlalchemy.exc import IntegrityError

    from tests.energie.samples import curve

    modules = app.manifests
    manifest = next(m for m in modules if m.module == "energie")
    path = tmp_path / "courbe.csv"
    path.write_text(curve(), encoding="utf-8")
    with job_session((1,), "user:1") as session:
        make.point(session)
        make.invoice(session, number="F-8")
        make.invoice(session, number="F-9", note="rien")
    import_readings(path, label=path.name, digest="a" * 64, who=Who(1, (1,), "user:1"))
    total = text("SELECT sum(value) FROM energie_point_day")
    with db.engine.begin() as connection:
        before, fired, used = (
            _kept(connection),
            _triggers(connection),
            connection.execute(total).scalar_one(),
        )
    assert before["energie_reading"] == 426 and before["energie_invoice_share"] and used
    for target in ("energie_0003", "head"):
        with db.engine.begin() as connection:
            config = migrations._config(manifest, modules, connection)
            (command.upgrade if target == "head" else command.downgrade)(config, target)
            assert _kept(connection) == before
    assert not any(migrations.differences(db.engine, modules).values())
    with db.engine.begin() as connection:
        assert _triggers(connection) == fired
        assert connection.execute(total).scalar_one() == used
        if connection.dialect.name == "sqlite":
            assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
            assert connection.execute(text("PRAGMA writable_schema")).scalar_one() == 0
    for change in ("state = 'nulle part'", "point_id = 999999"):
        with pytest.raises(IntegrityError), db.engine.begin() as connection:
            connection.execute(text(f"UPDATE energie_invoice SET {change} WHERE number = 'F-9'"))
