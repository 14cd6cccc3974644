"""Two authorities with one of everything that a tile of the first page counts."""

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import insert

from base.desk.accounts import making
from base.rules.rights.actors import system_session
from base.store.models import ImportBatch, JobRun, NextAction
from base.store.models.jobs import JobState
from energie.models import BatchState, DailyUse, ReadingBatch, Series
from energie.services.point_days import rebuild_point_days
from interventions import services
from interventions.domain import Channel, Kind, State
from patrimoine import services as patrimoine
from patrimoine.domain.kinds import AssetStatus
from patrimoine.models import TagReport
from tests.engines import PASSWORD
from tests.factories import energie
from tests.factories.interventions import MONDAY, NOON, agent, building, work_order

#: Everybody of the walk: name, roles, entities.
CAST = {
    "hector": (["Responsable", "Agent"], ["A", "B"]),
    "emma": (["Énergie", "Responsable"], ["A", "B"]),
    "fiona": (["Finances", "Lecteur"], ["A", "B"]),
    "gina": (["Énergie"], ["B"]),
}


def days(session, point, start, count, value):
    series = Series(
        entity_id=point.entity_id, point_id=point.id, quantity="energy", step="day", unit="kWh"
    )
    session.add(series)
    session.flush()
    rows = [
        {
            "entity_id": point.entity_id,
            "series_id": series.id,
            "day_on": start + timedelta(days=n),
            "value": Decimal(value(start + timedelta(days=n))),
            "expected": 1,
            "received": 1,
            "measured": 1,
        }
        for n in range(count)
    ]
    session.core(insert(DailyUse), rows)
    rebuild_point_days(session, point, None)


def town(session, entity_id, times, user):
    """One of everything that a tile counts, ``times`` over; ``user`` is its agent."""
    school = building(session, entity_id, name="École")
    nadia = agent(session, entity_id, user_id=user)
    for n in range(times):
        services.open_request(session, school, title=f"Porte {n}", at=NOON, channel=Channel.STAFF)
        for state, more in (
            (State.DRAFT, {}),
            (State.DRAFT, {"due_on": MONDAY - timedelta(days=3), "assigned_to": nadia}),
            (State.PLANNED, {"planned_on": MONDAY, "assigned_to": nadia}),
            (State.PAUSED, {"assigned_to": nadia}),
            (State.FINISHED, {"assigned_to": nadia, "planned_on": MONDAY}),
            (State.CANCELLED, {"assigned_to": nadia, "planned_on": MONDAY}),
            (State.DRAFT, {"kind": Kind.INSPECTION, "due_on": MONDAY}),
        ):
            row = work_order(session, school, title=f"{state} {n}", state=state, **more)
            if state == State.PAUSED:
                services.record_labour(session, row, nadia, hours=Decimal("1.50"), date_on=MONDAY)
        for kind, name, more in (
            ("vehicle", "Fourgon", {"status": AssetStatus.IN_REPAIR}),
            ("equipment", "Chaudière", {"warranty_ends_on": MONDAY + timedelta(days=20)}),
            ("personal_equipment", "Casque", {"expires_on": MONDAY - timedelta(days=2)}),
        ):
            asset = patrimoine.create(
                session, kind, entity_id=entity_id, name=f"{name} {n}", on=date(2020, 1, 1), **more
            )
            for day in (MONDAY, date(2026, 10, 5)):
                patrimoine.book_cost(
                    session,
                    asset,
                    date_on=day,
                    amount_ht_eur=Decimal("12.30"),
                    nature="other",
                    label="Divers",
                    source_type="tests",
                    source_id=None,
                )
        session.add(TagReport(entity_id=entity_id, asset_id=school.id, description="Vitre cassée"))
        session.add(
            ReadingBatch(
                entity_id=entity_id,
                label=f"f{n}.csv",
                digest="0" * 64,
                format="r",
                state=BatchState.TO_ATTACH,
            )
        )
        session.add(
            ImportBatch(
                entity_id=entity_id,
                kind="assets",
                label="a.csv",
                digest=f"{n}",
                size=1,
                media_type="text/csv",
            )
        )
        energie.invoice(session, entity_id, note="Contrat 7", number=f"F-{entity_id}-{n}")
        rising = energie.point(session, entity_id, school, reference=f"9900000000{entity_id}{n:03}")
        days(
            session,
            rising,
            MONDAY - timedelta(days=800),
            800,
            lambda on: 200 if on >= MONDAY - timedelta(days=60) else 100,
        )
        energie.point(session, entity_id, school, reference=f"9910000000{entity_id}{n:03}")
    session.add(
        NextAction(
            entity_id=entity_id,
            record="patrimoine_asset",
            record_id=school.id,
            title="Rappeler la commission",
            due_on=MONDAY - timedelta(days=1),
            assignee_id=user,
        )
    )
    session.flush()


def fill(app):
    made = {
        name: making.create_user(name, PASSWORD, roles=roles, entities=entities, must_change=False)
        for name, (roles, entities) in CAST.items()
    }
    with system_session("tests") as session:
        town(session, 1, 2, made["hector"])
        town(session, 2, 1, made["emma"])
        session.add(
            JobRun(
                kind="reports.run", title="Rapport", state=JobState.DEAD, last_error="Disque plein"
            )
        )
    return app
