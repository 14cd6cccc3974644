"""Work orders of two authorities, and how tests of their lists read a page."""

import html
import re
from datetime import date
from decimal import Decimal

from base.rules.rights.actors import system_session
from interventions import services
from interventions.domain import State
from interventions.models import WorkOrder
from tests.factories.interventions import agent, building, work_order

LIST = "/workorderview/list/"


def words(answer):
    page = re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))
    return re.sub(r"[\s\u00a0]+", " ", html.unescape(page))


def fill(session):
    """Entity A: three drafts, two started, one finished; entity B: four drafts and one finished."""
    school, hall = building(session, 1), building(session, 1, name="Halle")
    nadia = agent(session, 1, rates={"2020-01-01": "32.00"})
    days = (date(2026, 10, 30), date(2026, 11, 3), None)
    drafts = [
        work_order(session, school, title=f"Brouillon {n}", planned_on=day, due_on=day)
        for n, day in enumerate(days)
    ]
    started = [
        work_order(
            session,
            hall,
            state=State.STARTED,
            title=f"Commencée {n}",
            assigned_to=nadia,
            planned_on=date(2026, 11, 4),
        )
        for n in range(2)
    ]
    for row, hours in zip(started, ("1.00", "2.50"), strict=True):
        services.record_labour(session, row, nadia, hours=Decimal(hours), date_on=date(2026, 11, 4))
    done = work_order(session, hall, state=State.FINISHED, title="Terminée")
    other = building(session, 2, name="Étranger")
    strangers = [work_order(session, other, title=f"Étrangère {n}") for n in range(4)]
    strangers.append(work_order(session, other, state=State.FINISHED, title="Étrangère finie"))
    session.flush()
    return {
        "drafts": [r.id for r in drafts],
        "started": [r.id for r in started],
        "done": done.id,
        "strangers": [r.id for r in strangers],
        "hall": hall.id,
        "agent": nadia.id,
        "numbers": {r.id: r.number for r in [*drafts, *started, done]},
    }


def states(ids):
    with system_session("tests") as session:
        return [session.get(WorkOrder, pk).state for pk in ids]
