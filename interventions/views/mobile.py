"""On the phone, after a scan: choose, log the time, finish; four taps for a routine job."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flask import abort, flash, jsonify, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from werkzeug.wrappers import Response

from base import arguments, clock, documents, formats, withheld
from base.api import idempotent
from base.database import db
from base.errors import DomainError, InvalidInput
from base.i18n import _, _l
from base.mixins import current_user_id
from base.rows import row_by_id
from base.sessions import unit_of_work
from interventions import domain, queries, services
from interventions.domain import Answer, Channel, Kind, Moment, Priority, State
from interventions.models import Agent, ChecklistPoint, Labour, StockLevel, WorkOrder
from interventions.queries.work import held
from interventions.views import offers
from interventions.views.answers import by_script, refused
from interventions.views.evidence import sent_photo, sent_signature
from interventions.views.week import WeekRoutes
from patrimoine.models import Asset
from patrimoine.queries import place_name

#: Offered until the authority has its own habits on this kind of asset.
FIRST_TITLES = (_l("Dépannage"), _l("Réparation"), _l("Entretien courant"), _l("Vérification"))


#: Fields of the parts taken with one job: the first pair, and those of "another part".
PARTS = tuple((f"level{n}", f"quantity{n}") for n in ("", "_2", "_3"))
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

    # --- finding ------------------------------------------------------------------------

    def _find(self, model: Any, pk: int) -> Any:
        """The row, locked when it is to be changed; 404 when it is not this person's."""
        if not 0 < pk < 2**63:
            abort(404)
        session = db.session()
        holds = not session.readonly and model is WorkOrder
        row = held(session, pk) if holds else row_by_id(session, model, pk)
        return row if row is not None else abort(404)

    def _me(self, session: Any, entity_id: int) -> Agent:
        agent = queries.agent_of_user(session, current_user_id(), entity_id)
        if agent is None:
            raise InvalidInput(
                _(
                    "Votre compte n’est relié à aucun agent : votre temps ne peut pas être "
                    "compté. Demandez à votre responsable de faire le lien."
                )
            )
        return agent

    def _do(self, work: Callable[[Any], tuple[str, str]], back: str) -> Response:
        """Run a verb; ``work`` returns where to go next and what to say there.

        A refusal goes back with its sentence; a double click acts once.
        """

        def once() -> Response:
            try:
                with unit_of_work() as session:
                    to, done = work(session)
            except DomainError as refusal:
                session = db.session()
                session.rollback()
                session.failed = True
                return refused(refusal, back)
            if done:
                flash(done, "success")
            if by_script():
                return jsonify(to=to)
            return redirect(to)  # type: ignore[return-value]

        try:
            return idempotent(once)
        except DomainError as refusal:
            return refused(refusal, back)

    # --- the day ------------------------------------------------------------------------

    @expose("/")
    @has_access
    def day(self) -> str:
        """What is under way, what comes, what is done."""
        session = db.session()
        agent = queries.agent_of_user(session, current_user_id(), None)
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

    @expose("/bien/<int:pk>/intervenir", methods=["GET"])
    @has_access
    def choose(self, pk: int) -> str:
        """What is to be done: the usual jobs as big buttons, or a few words."""
        asset = self._find(Asset, pk)
        session = db.session()
        titles = queries.usual_titles(session, kind_of_asset=asset.kind)
        titles += [str(t) for t in FIRST_TITLES if str(t) not in titles]
        agent = queries.agent_of_user(session, current_user_id(), asset.entity_id)
        return self.render(
            "interventions/mobile/choose.html",
            title=_("Intervenir"),
            asset=asset,
            place=place_name(session, asset),
            titles=titles[:4],
            mine=offers.shown(queries.mine_on(session, asset.id, agent)) if agent else [],
        )

    @expose("/bien/<int:pk>/commencer", methods=["POST"])
    @has_access
    @permission_name("choose")
    def begin(self, pk: int) -> Response:
        """Open a routine job and start it; then its page."""
        asset = self._find(Asset, pk)

        def work(session: Any) -> tuple[str, str]:
            agent = self._me(session, asset.entity_id)
            now = clock.now()
            row = services.open_work_order(
                session,
                asset,
                title=arguments.text(request.form, "title", 200),
                at=now,
                kind=Kind.ROUTINE,
                assigned_to=agent,
                planned_on=clock.today(),
            )
            services.start(session, row, at=now, agent=agent)
            return url_for("MobileView.job", pk=row.id), ""

        return self._do(work, url_for("MobileView.choose", pk=asset.id))

    @expose("/bien/<int:pk>/ici", methods=["GET"])
    @has_access
    def here(self, pk: int) -> str:
        """My work on this asset, and the work nobody has taken."""
        asset = self._find(Asset, pk)
        session = db.session()
        agent = queries.agent_of_user(session, current_user_id(), asset.entity_id)
        rows = queries.mine_on(session, asset.id, agent) if agent else queries.open_on(
            session, asset.id
        )
        return self.render(
            "interventions/mobile/here.html",
            title=_("Mes interventions ici"),
            asset=asset,
            place=place_name(session, asset),
            lines=offers.shown(rows),
            done=offers.shown(queries.last_done_on(session, asset.id)),
        )

    @expose("/bien/<int:pk>/signaler", methods=["GET", "POST"])
    @has_access
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
                place=place_name(db.session(), asset),
            )

        back = url_for("MobileView.report", pk=asset.id)
        try:
            photo = sent_photo("photo")
        except DomainError as refusal:
            return refused(refusal, back)

        def work(session: Any) -> tuple[str, str]:
            agent = queries.agent_of_user(session, current_user_id(), asset.entity_id)
            now = clock.now()
            made = services.open_request(
                session,
                asset,
                title=arguments.text(request.form, "title", 200),
                at=now,
                channel=Channel.TAG,
                description=arguments.text(request.form, "description"),
                requester=agent.name if agent else "",
                priority=arguments.one_of(
                    request.form, "priority", Priority, Priority.NORMAL
                ),
            )
            if photo is not None:
                documents.attach(session, made, photo, at=now)
            return (
                url_for("MobileView.here", pk=asset.id),
                _("La demande %(number)s est envoyée.", number=made.number),
            )

        return self._do(work, back)

    # --- one job ------------------------------------------------------------------------

    @expose("/<int:pk>", methods=["GET"])
    @has_access
    def job(self, pk: int) -> str:
        """One job: time, part, a word, finish."""
        row = self._find(WorkOrder, pk)
        session = db.session()
        worked = domain.worked_time(row.worked_seconds, row.running_since_at, clock.now())
        proposed = domain.proposed_hours(worked)
        return self.render(
            "interventions/mobile/job.html",
            title=row.title,
            row=row,
            signs=offers.shown([row])[0].signs,
            place=place_name(session, row.asset),
            state=State(row.state),
            verbs=domain.allowed_verbs(State(row.state)),
            open=domain.takes_costs(State(row.state)),
            worked=worked,
            since=offers.since,
            proposed=proposed,
            choices=domain.time_choices(proposed),
            stock=queries.items_in_stock(session, row.entity_id, limit=SHORT_LIST + 1),
            short_list=SHORT_LIST,
            parts=PARTS,
            photos=queries.photos_of(session, row),
            moments=domain.Moment,
            signature=queries.signature_of(session, row),
            must_sign=domain.wants_signature(row.asset),
            points=row.points,
            answers=domain.Answer,
            cost=queries.cost_summary(session, row),
            rates=withheld.readable(session, Labour.amount_ht_eur),
        )

    @expose("/<int:pk>/terminer", methods=["POST"])
    @has_access
    @permission_name("job")
    def finish(self, pk: int) -> Response:
        """Log the time and the part, keep the photographs, and finish, in one transaction."""
        back = url_for("MobileView.job", pk=pk)
        try:
            # Before the transaction: pictures being written anew must not hold anybody up.
            photos = [(moment, sent_photo(moment.value)) for moment in Moment]
            row = self._find(WorkOrder, pk)
            signature, signed = sent_signature(row.number)
        except DomainError as refusal:
            return refused(refusal, back)

        def work(session: Any) -> tuple[str, str]:
            now, today = clock.now(), clock.today()
            agent = self._me(session, row.entity_id)
            worked = domain.worked_time(row.worked_seconds, row.running_since_at, now)
            forgotten = domain.proposed_hours(worked) is None
            if row.state != State.STARTED:
                services.start(session, row, at=now, agent=agent)
            hours = self._hours()
            if hours is not None:
                services.record_labour(session, row, agent, hours=hours, date_on=today)
            elif forgotten:
                words = _("L’horloge a été oubliée : dites le temps vraiment passé.")
                raise InvalidInput(words, {"hours": words})
            self._take_parts(session, row)
            for moment, photo in photos:
                if photo is not None:
                    services.add_photo(session, row, photo, moment=moment, at=now)
            if signed:
                services.sign(session, row, at=now, **signature)
            services.finish(
                session,
                row,
                at=now,
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
            return url_for("MobileView.day"), done

        return self._do(work, back)

    @staticmethod
    def _take_parts(session: Any, row: WorkOrder) -> None:
        for level_name, quantity_name in PARTS:
            level = arguments.row(session, request.form, level_name, StockLevel)
            if level is None:
                continue
            quantity = arguments.decimal(request.form, quantity_name, places=3)
            services.consume_part(
                session,
                row,
                level.item,
                store=level.store,
                quantity=Decimal(1) if quantity is None else quantity,
                date_on=clock.today(),
            )

    @staticmethod
    def _hours() -> Decimal | None:
        """The time ticked, or typed when "other" is ticked."""
        typed = arguments.decimal(request.form, "other_hours", places=3)
        # A zero was typed: it is refused like any time that is none, never the one proposed.
        return arguments.decimal(request.form, "hours", places=3) if typed is None else typed

    @expose("/<int:pk>/pause", methods=["POST"])
    @has_access
    @permission_name("job")
    def pause(self, pk: int) -> Response:
        """Stop the clock."""
        row = self._find(WorkOrder, pk)

        def work(session: Any) -> tuple[str, str]:
            services.pause(session, row, at=clock.now())
            return url_for("MobileView.day"), ""

        return self._do(work, url_for("MobileView.job", pk=row.id))

    @expose("/<int:pk>/reprendre", methods=["POST"])
    @has_access
    @permission_name("job")
    def resume(self, pk: int) -> Response:
        """Start, or go on after a pause."""
        row = self._find(WorkOrder, pk)

        def work(session: Any) -> tuple[str, str]:
            services.start(
                session, row, at=clock.now(), agent=self._me(session, row.entity_id)
            )
            return url_for("MobileView.job", pk=row.id), ""

        return self._do(work, url_for("MobileView.job", pk=row.id))

    @expose("/<int:pk>/point/<int:point>", methods=["POST"])
    @has_access
    @permission_name("job")
    def answer(self, pk: int, point: int) -> Response:
        """Answer a point of the checklist."""
        row = self._find(WorkOrder, pk)
        found = self._find(ChecklistPoint, point)
        if found.work_order_id != row.id:
            abort(404)
        form = request.form

        def work(session: Any) -> tuple[str, str]:
            services.answer_point(
                session,
                found,
                answer=arguments.one_of(form, "answer", Answer, Answer.DONE),
                at=clock.now(),
                agent=queries.agent_of_user(session, current_user_id(), row.entity_id),
                measure=arguments.decimal(form, "measure", places=3),
            )
            opened = found.follow_up
            done = _("%(number)s est ouverte pour ce point.", number=opened.number) if (
                opened
            ) else ""
            return url_for("MobileView.job", pk=row.id), done

        return self._do(work, url_for("MobileView.job", pk=row.id))
