"""The agent's week on the phone: the lines behind the hours of the first page."""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby

from base.basics import clock
from base.basics.i18n import _
from base.face.views import Page
from base.face.views.routes import route
from base.store.database import db
from interventions import queries


class WeekRoutes(Page):
    """The hours of the week, line by line."""

    @route("/semaine", "day")
    def week(self) -> str:
        """Whoever signs in sees their own hours, nobody else's."""
        session, today = db.session(), clock.today()
        agent = queries.agent_of_asker(session, None)
        lines = queries.labour_of_week(session, agent.id, today) if agent else []
        days = [
            (day, rows, sum((row.hours for row in rows), Decimal(0)))
            for day, rows in (
                (day, list(rows)) for day, rows in groupby(lines, key=lambda row: row.date_on)
            )
        ]
        return self.render(
            "interventions/mobile/week.html",
            title=_("Mes heures de la semaine"),
            agent=agent,
            days=days,
            total=sum((total for _day, _rows, total in days), Decimal(0)),
        )
