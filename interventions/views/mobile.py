"""On the phone, after a scan: choose, log the time, finish; four taps for a routine job."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

from flask import abort, flash, request, url_for
from werkzeug.wrappers import Response

from base.basics import arguments, clock, formats
from base.basics.errors import DomainError
from base.basics.i18n import _, _l
from base.basics.rows import row_by_id
from base.basics.sessions import Session
from base.face.views.acting import act_once, refused
from base.face.views.routes import route
from base.face.views.verb_pages import Button, verb_route
from base.rules.rights import withheld
from base.rules.verbs import Door
from base.store.database import db
from interventions import domain, queries, services
from interventions.domain import Moment, Priority
from interventions.models import ChecklistPoint, Labour, StockLevel, WorkOrder
from interventions.queries.work import held
from interventions.views import offers
from interventions.views.evidence import sent_photo, sent_signature
from interventions.views.week import WeekRoutes
from patrimoine.models import Asset


def _quiet(row: Any, made: Any, values: Any) -> str:
    return ""


def _followed(point: ChecklistPoint, made: None, values: Any) -> str:
    opened = point.follow_up
    return _("%(number)s est ouverte pour ce point.", number=opened.number) if opened else ""


_JOB = partial(Button, door=Door.PHONE, right="job", page="job")

#: Offered until the authority has its own habits on this kind of asset.
FIRST_TITLES = (_l("Dépannage"), _l("Réparation"), _l("Entretien courant"), _l("Vérification"))


#: Fields of the parts taken with one job: the first pair, and those of "another part".
PARTS = tuple((f"level{n}", f"quantity{n}") for n in ("", "_2", "_3"))
#: What is ticked among the times to say that none is to be counted.
UNTIMED = "none"
#: Items offered as a plain list; a larger store is searched.
SHORT_LIST = 30


class MobileView(WeekRoutes):
    """The pages of the phone."""

    route_base = "/interventions/mobile"
    default_view = "day"
    rights_title = _l("Pages de téléphone")
    right_words = {
        "can_report": _l("signaler"),
        "can_choose": None,
        "can_day": None,
        "can_here": None,
        "can_job": None,
    }

    pause = verb_route(
        "/<int:pk>/pause", _JOB("pause", to="MobileView.day", said=_quiet), WorkOrder
    )
    resume = verb_route("/<int:pk>/reprendre", _JOB("start", said=_quiet), WorkOrder)
    answer = verb_route(
        "/<int:pk>/point/<int:line>", _JOB("answer", said=_followed), ChecklistPoint
    )

    # --- finding ------------------------------------------------------------------------

    def get_or_404(self, pk: int) -> WorkOrder:
        """The work order of a button."""
        return self._find(WorkOrder, pk)  # type: ignore[no-any-return]

    def _find(self, model: Any, pk: int) -> Any:
        """The row, locked when it is to be changed; 404 when it is not this person's."""
        if not 0 < pk < 2**63:
            abort(404)
        session = db.session()
        holds = not session.readonly and model is WorkOrder
        row = held(session, pk) if holds else row_by_id(session, model, pk)
        return row if row is not None else abort(404)

    # --- the day ------------------------------------------------------------------------

    @route("/")
    def day(self) -> str:
        """What is under way, what comes, what is done."""
        session = db.session()
        agent = queries.agent_of_asker(session, None)
        day = offers.day_of(session, agent) if agent else None
        now = clock.now()
        return self.render(
            "interventions/mobile/day.html",
            title=_("Ma journée"),
            agent=agent,
            day=day,
            today=clock.today(),
            shown=offers.shown,
            worked=lambda row: domain.worked_time(row.worked_seconds, row.running_since_at, now),
            since=offers.since,
        )

    # --- after the scan -----------------------------------------------------------------

    @route("/bien/<int:pk>/intervenir")
    def choose(self, pk: int) -> str:
        """What is to be done: the usual jobs as big buttons, or a few words."""
        asset = self._find(Asset, pk)
        session = db.session()
        titles = queries.usual_titles(session, kind_of_asset=asset.kind)
        titles += [str(t) for t in FIRST_TITLES if str(t) not in titles]
        agent = queries.agent_of_asker(session, asset.entity_id)
        return self.render(
            "interventions/mobile/choose.html",
            title=_("Intervenir"),
            asset=asset,
            titles=titles[:4],
            mine=offers.shown(queries.mine_on(session, asset.id, agent)) if agent else [],
        )

    @route("/bien/<int:pk>/commencer", "choose", methods=["POST"])
    def begin(self, pk: int) -> Response:
        """Open a routine job and start it; then its page."""
        asset = self._find(Asset, pk)

        def work(session: Session) -> str:
            row = services.begin_on_site(
                session,
                asset,
                title=arguments.text(request.form, "title", 200),
                at=clock.now(),
                agent=services.own_agent(session, asset),
            )
            return url_for("MobileView.job", pk=row.id)

        return act_once(work, url_for("MobileView.choose", pk=asset.id))

    @route("/bien/<int:pk>/ici")
    def here(self, pk: int) -> str:
        """My work on this asset, and the work nobody has taken."""
        asset = self._find(Asset, pk)
        session = db.session()
        agent = queries.agent_of_asker(session, asset.entity_id)
        rows = (
            queries.mine_on(session, asset.id, agent)
            if agent
            else queries.open_on(session, asset.id)
        )
        return self.render(
            "interventions/mobile/here.html",
            title=_("Mes interventions ici"),
            asset=asset,
            lines=offers.shown(rows),
            done=offers.shown(queries.last_done_on(session, asset.id)),
        )

    @route("/bien/<int:pk>/signaler", methods=["GET", "POST"])
    def report(self, pk: int) -> Any:
        """Tell the workshop that something is wrong here."""
        asset = self._find(Asset, pk)
        if request.method == "GET":
            return self.render(
                "interventions/mobile/report.html",
                title=_("Signaler"),
                asset=asset,
                known=queries.open_wishes_on(db.session(), asset.id),
                state_of=domain.RequestState,
            )

        back = url_for("MobileView.report", pk=asset.id)
        try:
            photo = sent_photo("photo")
        except DomainError as refusal:
            return refused(refusal, back)

        def work(session: Session) -> str:
            made = services.report_on_site(
                session,
                asset,
                title=arguments.text(request.form, "title", 200),
                at=clock.now(),
                description=arguments.text(request.form, "description"),
                priority=arguments.one_of(request.form, "priority", Priority, Priority.NORMAL),
                picture=photo,
            )
            flash(_("La demande %(number)s est envoyée.", number=made.number), "success")
            return url_for("MobileView.here", pk=asset.id)

        return act_once(work, back)

    # --- one job ------------------------------------------------------------------------

    @route("/<int:pk>")
    def job(self, pk: int) -> str:
        """One job: time, part, a word, finish."""
        row = self._find(WorkOrder, pk)
        session = db.session()
        both = offers.seen(session, row)
        proposed = domain.proposed_hours(both["worked"], row.hours_told)
        return self.render(
            "interventions/mobile/job.html",
            title=row.title,
            row=row,
            signs=offers.signs_of(row),
            verbs=domain.allowed_verbs(both["state"]),
            since=offers.since,
            proposed=proposed,
            choices=domain.time_choices(proposed),
            untimed=UNTIMED,
            stock=queries.items_in_stock(session, row.entity_id, limit=SHORT_LIST + 1),
            short_list=SHORT_LIST,
            parts=PARTS,
            signature=queries.signature_of(session, row),
            must_sign=domain.wants_signature(row.asset),
            points=row.points,
            answers=domain.Answer,
            cost=queries.cost_summary(session, row),
            **both,
        )

    @route("/<int:pk>/terminer", "job", methods=["POST"])
    def finish(self, pk: int) -> Response:
        """Log the time and the part, keep the photographs, and finish, in one transaction."""
        back = url_for("MobileView.job", pk=pk)
        try:
            # Before the transaction: pictures being written anew must not hold anybody up.
            sent = [(moment, sent_photo(moment.value)) for moment in Moment]
            row = self._find(WorkOrder, pk)
            signed = sent_signature(row.number)
        except DomainError as refusal:
            return refused(refusal, back)

        def work(session: Session) -> str:
            services.finish_on_site(
                session,
                row,
                at=clock.now(),
                agent=services.own_agent(session, row),
                hours=self._hours(),
                untimed=request.form.get("hours") == UNTIMED,
                parts=self._parts(session),
                pictures=[(moment, picture) for moment, picture in sent if picture is not None],
                signed=signed,
                finding=arguments.text(request.form, "finding") or None,
            )
            cost = queries.cost_summary(session, row)
            if withheld.readable(session, Labour.amount_ht_eur):
                done = _(
                    "%(number)s est terminée : %(cost)s HT.",
                    number=row.number,
                    cost=formats.euros(cost.amount_ht_eur),
                )
            else:
                done = _("%(number)s est terminée.", number=row.number)
            flash(done, "success")
            return url_for("MobileView.day")

        return act_once(work, back)

    @staticmethod
    def _parts(session: Session) -> list[tuple[StockLevel, Decimal]]:
        """The parts chosen, each one piece unless told."""
        form, found = request.form, []
        for level_name, quantity_name in PARTS:
            level = arguments.row(session, form, level_name, StockLevel)
            if level is not None:
                told = arguments.decimal(form, quantity_name, places=3)
                found.append((level, Decimal(1) if told is None else told))
        return found

    @staticmethod
    def _hours() -> Decimal | None:
        """The time ticked, or typed when "other" is ticked."""
        typed = arguments.hours(request.form, "other_hours", places=3)
        # A zero was typed: it is refused like any time that is none, never the one proposed.
        if typed is not None or request.form.get("hours") == UNTIMED:
            return typed
        return arguments.hours(request.form, "hours", places=3)
