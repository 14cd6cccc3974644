"""The inbox on screen, and what a record's page shows of it: next actions, followers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import current_app, flash, g, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response

from base.basics import arguments, clock
from base.basics.formats import day
from base.basics.i18n import _, _l, ngettext
from base.basics.sessions import Session
from base.desk import tiles
from base.desk.document_pages import seen_record
from base.desk.tiles import Place, Reading
from base.engine.edge.paths import own_path
from base.face.attached import inbox
from base.face.attached.chatter import Entry, thread_source
from base.face.views import Page
from base.face.views.acting import act_once
from base.face.views.routes import route
from base.face.views.shell import related_url
from base.rules.modules import actions
from base.rules.rights.actors import unit_of_work
from base.rules.rights.people import names_of
from base.store.database import db
from base.store.history.trail import record_name
from base.store.mixins import current_user_id
from base.store.models.inbox import NextAction, NotificationKind
from base.store.together import told

#: Days added by « demain », « dans une semaine ».
LATER = (1, 7)


def me() -> int:
    """The person of this request."""
    return int(g.user.id)


class InboxView(Page):
    """What waits for this person, and what they were told."""

    route_base = "/boite"
    default_view = "list"
    rights_title = _l("Boîte personnelle")
    right_words = {"can_act": _l("planifier une action, la terminer")}

    @route("/")
    def list(self) -> str:
        """Actions by day, then notifications."""
        session = db.session()
        todo = inbox.actions_for(session, me())
        told = inbox.notifications_for(session, me())
        about = {(a.record, a.record_id) for a in todo} | {(n.record, n.record_id) for n in told}
        rows = inbox.record_rows(session, about)
        names = names_of(x.actor_id for x in told)
        return self.render(
            "ov/inbox.html",
            title=_("Boîte de réception"),
            today=clock.today(),
            todo=[(a, *_page(rows, a)) for a in todo],
            told=[
                (n, NotificationKind(n.kind), *_page(rows, n), names.get(n.actor_id or 0, ""))
                for n in told
            ],
            unread=sum(n.read_at is None for n in told),
        )

    @route("/lu", "list", methods=["POST"])
    def read_all(self) -> Response:
        """All notifications are read."""
        with unit_of_work() as session:
            inbox.mark_read(session, me(), None, at=clock.now())
        return redirect(url_for("InboxView.list"))

    @route("/lu/<int:pk>", "list", methods=["POST"])
    def read(self, pk: int) -> Response:
        """One notification is read; on to its record."""
        with unit_of_work() as session:
            inbox.mark_read(session, me(), pk if pk < 2**63 else 0, at=clock.now())
        return redirect(_local(request.form.get("next", "")))

    @route("/fait/<int:pk>", "act", methods=["POST"])
    def done(self, pk: int) -> Response:
        """An action is done."""
        to = _local(request.form.get("next", ""))
        seen = inbox.action_of(db.session(), pk)
        seen_record(db.session(), seen.record, seen.record_id)

        def work(session: Session) -> str:
            action = inbox.action_of(session, pk)
            inbox.finish(session, action, at=clock.now(), user_id=me())
            flash(_("« %(title)s » est fait.", title=action.title), "success")
            return to

        return act_once(work, to)

    @route("/plus-tard/<int:pk>", "act", methods=["POST"])
    def later(self, pk: int) -> Response:
        """An action waits some days more, counted from today."""
        days = _number("days") or LATER[0]
        to = clock.today() + timedelta(days=min(max(days, 1), 365))
        with unit_of_work() as session:
            action = inbox.action_of(session, pk)
            seen_record(session, action.record, action.record_id)
            inbox.postpone(session, action, to=to)
        flash(_("« %(title)s » attend le %(day)s.", title=action.title, day=day(to)), "success")
        return redirect(_local(request.form.get("next", "")))

    @route("/fiche/<record>/<int:pk>/action", "act", methods=["POST"])
    def plan(self, record: str, pk: int) -> Response:
        """Give somebody the next thing to do on a record."""
        form = request.form
        row = seen_record(db.session(), record, pk)
        page = related_url(row) or url_for("InboxView.list")

        def work(session: Session) -> str:
            inbox.plan(
                session,
                row,
                title=form.get("title", ""),
                due_on=arguments.day(form, "due_on") or clock.today(),
                assignee_id=_number("assignee") or me(),
            )
            flash(_("La prochaine action est notée."), "success")
            return page

        return act_once(work, page)

    @route("/fiche/<record>/<int:pk>/suivre", "list", methods=["POST"])
    def follow(self, record: str, pk: int) -> Response:
        """Follow a record, or follow it no more."""
        row = seen_record(db.session(), record, pk)
        page = related_url(row) or url_for("InboxView.list")

        def work(session: Session) -> str:
            if inbox.is_following(session, row, me()):
                inbox.unfollow(session, row, me())
            else:
                inbox.follow(session, row, me())
            return page

        return act_once(work, page)

    @route("/fiche/<record>/<int:pk>/personnes", "act")
    def people(self, record: str, pk: int) -> Response:
        """Those who may be named beside a record or given something to do on it."""
        row = seen_record(db.session(), record, pk)
        found = inbox.people_of(row.entity_id, request.args.get("q", "").strip()[:100])
        return jsonify([{"value": str(p.id), "text": p.name, "name": p.username} for p in found])


def _page(rows: dict[tuple[str, int], Any], about: Any) -> tuple[str, str]:
    """Name and address of the record that something is about."""
    row = rows.get((about.record, about.record_id))
    if row is None:
        return _("fiche supprimée, ou d’une autre entité"), ""
    return told(row), related_url(row) or ""


def _number(name: str) -> int | None:
    """A whole number of the form below a billion; None for anything else."""
    text = request.form.get(name, "")
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 10 else None


def _local(path: str) -> str:
    """A path of ours to go on to; the inbox for anything else."""
    return own_path(path) or url_for("InboxView.list")


def beside(row: Any) -> dict[str, Any] | None:
    """What a record's page shows: its next actions, whether the person follows it."""
    if getattr(row, "entity_id", None) is None or not actions.may("InboxView.list"):
        return None
    session = db.session()
    found = inbox.open_actions(session, row)
    names = names_of(a.assignee_id for a in found)
    return {
        "record": record_name(row),
        "actions": [(a, names.get(a.assignee_id, "")) for a in found],
        "following": inbox.is_following(session, row, current_user_id()),
        "may_act": actions.may("InboxView.plan"),
        "today": clock.today(),
        "me": g.user,
    }


def waiting() -> int:
    """The number on the bell."""
    return inbox.waiting(db.session(), me(), clock.today())


def done_entries(session: Session, record: str, record_id: int, limit: int) -> list[Entry]:
    """Lines of the thread: actions that were done."""
    found = inbox.done_actions(session, record, record_id, limit)
    names = names_of(a.done_by_id for a in found)
    return [_entry(action, names) for action in found]


def _entry(action: NextAction, names: dict[int, str]) -> Entry:
    return Entry(
        at=action.done_at or action.changed_at,
        kind="done",
        who=names.get(action.done_by_id or 0, _("une personne partie")),
        text=_("a fait : %(title)s", title=action.title),
    )


def register(appbuilder: Any) -> None:
    """Add the inbox and its lines of every thread."""
    appbuilder.add_view_no_menu(InboxView)
    thread_source(done_entries)
    current_app.jinja_env.globals.update(inbox_beside=beside, inbox_waiting=waiting)
    everybody = {"endpoints": ("InboxView.list",), "icon": "bell"}
    tiles.tile("inbox", _l("Mes prochaines actions"), _todo, Place.WAITS, order=5, **everybody)
    tiles.tile("messages", _l("Messages non lus"), _unread, Place.WAITS, order=6, **everybody)


def _todo(session: Session) -> Reading:
    found = inbox.actions_for(session, me())
    today = clock.today()
    late = sum(action.due_on < today for action in found)
    detail = ""
    if found:
        first = found[0]
        detail = _("La première : %(title)s, le %(day)s", title=first.title, day=day(first.due_on))
    return Reading(
        ngettext("%(n)s prochaine action", "%(n)s prochaines actions", len(found), n=len(found)),
        len(found),
        detail=detail,
        url=url_for("InboxView.list"),
        verb=_("Faire"),
        figure=ngettext("%(n)s en retard", "%(n)s en retard", late, n=late) if late else "",
        state="late" if late else "",
    )


def _unread(session: Session) -> Reading:
    count = sum(told.read_at is None for told in inbox.notifications_for(session, me()))
    return Reading(
        ngettext("%(n)s message non lu", "%(n)s messages non lus", count, n=count),
        count,
        url=url_for("InboxView.list"),
        verb=_("Lire"),
    )
