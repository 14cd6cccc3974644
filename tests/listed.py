"""Lists as files: a town with hostile words, its exports, and what importers say of them."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import select

from base.desk.accounts.making import create_user
from base.desk.imports.declaration import takers
from base.face.views import ModuleView, rendering
from base.rules.rights.actors import job_session
from base.store.models import Department, Partner
from interventions import services as work
from interventions.domain import State
from interventions.models import ServiceRequest
from interventions.services.requests import refuse
from patrimoine import services
from tests.engines import PASSWORD
from tests.factories.energie import point
from tests.factories.interventions import agent, stocked, work_order

DAY = date(2024, 2, 29)
#: What people and spreadsheets put in cells.
HOSTILE = [
    "=1+1",
    "+33 1 02 03",
    "-cmd|' /C calc'!A0",
    "'=apostrophe",
    "007",
    "1,5",
    "22/11/2026",
    "1E5",
    'dit "là"',
    "a;b,c|d\te",
    "ligne\nsuivante",
    " bord ",
    "espace\u00a0dure",
    "🚒 école",
    "_x0041_",
    "oui",
    "#N/A",
    "\u202fétroit",
    "-12",
    "0",
]


def fill(session, entity_id=1, *, mark=""):
    """Rows of every list, with what is hostile in every text."""
    build = services.create
    session.add(Department(entity_id=entity_id, code="BAT", name="Bâtiments; voirie"))
    session.flush()
    service = session.scalars(select(Department).where(Department.entity_id == entity_id)).one()
    places = []
    for name in ("Site nord", "Site sud"):
        site = build(session, "site", entity_id=entity_id, name=name + mark, on=DAY)
        house = build(
            session,
            "building",
            entity_id=entity_id,
            name="École",
            on=DAY,
            parent=site,
            city="Aubre",
            floor_area_m2=Decimal("1250.50"),
            built_year=1998,
            notes="N" * 3000,
            service=service,
            latitude=47.3215557,
            longitude=-1.5,
        )
        places.append(
            build(
                session,
                "room",
                entity_id=entity_id,
                name="Chaufferie",
                on=DAY,
                parent=house,
                room_area_m2=Decimal("0"),
                capacity=0,
            )
        )
    for at, text in enumerate(HOSTILE):
        build(
            session,
            "equipment",
            entity_id=entity_id,
            name=text,
            on=DAY,
            parent=places[at % 2],
            code=f"00{at}",
            brand=text[:100],
            serial_number=text,
            notes=text,
            acquisition_cost_eur=Decimal(at) / 4,
            acquired_on=DAY if at % 2 else None,
            power_kw=Decimal("12.125"),
            quantity=1 + at,
        )
    build(
        session,
        "vehicle",
        entity_id=entity_id,
        name="Master",
        on=DAY,
        plate="AB-123-CD",
        vin="VF1MAF4BE43512345",
        energy="GO",
        seats=3,
    )
    build(
        session, "floor", entity_id=entity_id, name="Rez-de-chaussée", on=DAY, parent=house, level=0
    )
    build(
        session,
        "parcel",
        entity_id=entity_id,
        name="Parcelle AB 12",
        on=DAY,
        cadastral_id="44109000AB0012",
        area_m2=Decimal("950"),
    )
    build(
        session,
        "personal_equipment",
        entity_id=entity_id,
        name="Casque",
        on=DAY,
        size="58",
        expires_on=date(2027, 1, 31),
    )
    for at, text in enumerate(HOSTILE[:12]):
        session.add(
            Partner(
                entity_id=entity_id,
                code=f"F{at:03d}",
                name=text,
                phone="0102030405",
                address=text,
                siret="80295478400020" if not at else None,
            )
        )
    staff = [
        agent(session, entity_id, code=f"0{at}", last=text.strip()[:60], service_id=service.id)
        for at, text in enumerate(HOSTILE[:8])
    ]
    for at, text in enumerate(HOSTILE):
        stocked(
            session,
            entity_id,
            quantity=f"{at}.125" if at else "3",
            code=f"0{at}",
            unit_cost="1.2345",
            name=text,
            unit="m\u00b2",
        )
    for at, text in enumerate(HOSTILE):
        order = work_order(
            session,
            places[at % 2],
            list(State)[at % len(State)],
            title=text.strip() or "x",
            description=text,
            requester=text,
            planned_on=date(2026, 11, 2 + at),
            assigned_to=staff[at % 8],
        )
        if order.state == State.STARTED:
            work.record_labour(
                session, order, staff[1], hours=Decimal("1.25"), date_on=date(2026, 11, 20)
            )
    for at, text in enumerate(HOSTILE):
        work.open_request(
            session,
            places[at % 2],
            title=text.strip() or "x",
            description=text,
            # The hour that comes twice, then the hour before the spring change.
            at=datetime(2025, 10, 26, 0, 30 + at, 59, tzinfo=UTC),
            requester=text,
            contact="",
        )
    asked = session.scalars(
        select(ServiceRequest).where(ServiceRequest.entity_id == entity_id)
    ).all()
    refuse(
        session,
        asked[0],
        reason="Doublon ; voir l’autre",
        at=datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
    )
    house = places[0].parent
    for at, reference in enumerate(("30001234567807", "12345678901234")):
        point(
            session,
            entity_id,
            asset=house,
            reference=reference,
            name=HOSTILE[at],
            category="C5",
            subscribed_kva=Decimal("36"),
        )


def add_reader():
    """Zoé, who sees every list of A."""
    create_user("zoe", PASSWORD, roles=["Admin"], entities=["A"], must_change=False)


def fill_town(app):
    """The town, and Zoé who reads it."""
    add_reader()
    with job_session((1,), "test", "test") as session:
        fill(session)
    return app


def pairs(app):
    """Every list and every importer that takes its rows back, as they are declared."""
    views = [view for view in app.appbuilder.baseviews if isinstance(view, ModuleView)]
    return [
        (view, importer)
        for view in views
        for importer in takers(view)
        if rendering.identity_of(view)
    ]


def export(client, view, form, *, every=True, language="fr", columns=None):
    """The list as a file: its usual columns, or all that may be chosen."""
    with job_session((1,), "test", "test") as session:
        with rendering.reading(session, view, ()):
            names = columns or (view.choosable() if every else view.list_columns)
    answer = client.get(
        f"{view.route_base}/export/{form}",
        query_string={"cols": ",".join(names), "tab": "all", "archived": "1"},
        headers={"Accept-Language": language},
    )
    assert answer.status_code == 200, (view.endpoint, answer.status_code)
    return answer.get_data()


def rows_of(data):
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))


def as_csv(rows):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def counts(report):
    return (report.created, report.updated, report.rejected)


def unchanged(app, client, take, form, *, every, language):
    """What the importers say of every list as it was exported, where it is not: unchanged."""
    wrong = []
    for view, importer in pairs(app):
        data = export(client, view, form, every=every, language=language)
        report = take(importer, data, form)
        if counts(report) != (0, 0, 0) or report.ignored:
            changes = [line.changes for line in report.with_effect("updated")]
            wrong.append(
                (
                    view.endpoint,
                    importer.kind,
                    counts(report),
                    report.ignored,
                    report.errors[:2],
                    changes[:2],
                )
            )
    return wrong
