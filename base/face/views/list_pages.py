"""The list of one model: as a table, by groups, as a board, in a calendar, as a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, g, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from base.basics import clock
from base.basics.i18n import _
from base.basics.rows import as_id
from base.basics.sessions import Session
from base.face.attached import saved_views
from base.face.views import (
    bulk,
    calendars,
    displays,
    exporting,
    groups,
    list_state,
    lists,
    selection,
)
from base.face.views.declared import Declared
from base.face.views.displays import Nothing, Verb, Way
from base.face.views.list_state import ListState
from base.face.views.routes import route
from base.rules.modules.actions import may
from base.rules.rights import viewing
from base.store.database import db
from base.store.mixins import current_user_id

#: Cards of one lane of a board.
CARDS = 15


class ListPages(Declared):
    """The routes of a list."""

    # --- state --------------------------------------------------------------------------

    def displays(self) -> Sequence[str]:
        """How this list may be shown."""
        offered = {
            displays.LIST: True,
            displays.BOARD: self.board is not None,
            displays.CALENDAR: self.calendar is not None,
            displays.MAP: self.has_map,
        }
        return [name for name, there in offered.items() if there]

    def display_links(self, page: lists.ListPage) -> Sequence[tuple[str, str, str, bool]]:
        """Words, icon, address and whether it is the present one, of each display."""
        words = {
            displays.LIST: _("Liste"),
            displays.BOARD: _("Tableau par état"),
            displays.CALENDAR: _("Calendrier"),
            displays.MAP: _("Carte"),
        }
        here, path = self.list_state().display, url_for(f"{self.endpoint}.list")
        return [
            (
                words[name],
                displays.ICONS[name],
                page.link(path, display=name if name != displays.LIST else None, on=None),
                name == here,
            )
            for name in self.displays()
        ]

    def look_kept(self) -> dict[str, Any]:
        """What a tab of the list keeps of how it is shown."""
        names = ("display", "group", "period", "on")
        return {name: request.args[name] for name in names if request.args.get(name)}

    def list_state(self) -> ListState:
        """How the list is asked for; read once a request."""
        kept: dict[str, ListState] = g.setdefault("list_states", {})
        if self.endpoint not in kept:
            views = saved_views.of_list(db.session(), self.endpoint, current_user_id())
            mine = list_state.preference_of([v for v in views if v.user_id == current_user_id()])
            state = list_state.read(
                request.args,
                mine,
                usual=self.list_columns,
                choosable=self.choosable(),
                groups=self.groupable(),
                displays=self.displays(),
            )
            state.views = [view for view in views if view.name]
            default = mine.get("default", "")
            state.default_id = int(default) if default.isdecimal() else 0
            asked = request.args.get("view", type=as_id)
            state.current = next((v for v in state.views if v.id == asked), None)
            kept[self.endpoint] = state
        return kept[self.endpoint]

    def view_url(self, view: Any) -> str:
        """The address of the list as a kept view says it."""
        path = url_for(f"{self.endpoint}.list", view=view.id)
        return f"{path}&{view.query}" if view.query else path

    def may_keep_views(self) -> bool:
        """Whether this person may keep views and choose columns."""
        return bool(db.session().scope) and may("SavedViewView.keep")

    def may_share_views(self) -> bool:
        """Whether this person may show views to everybody of the authority."""
        return may("SavedViewView.share")

    def person_id(self) -> int | None:
        """Who looks at the list."""
        return current_user_id()

    def sign_of(self, column: str, value: str) -> Any:
        """Word, icon and tone of a state; None for other columns."""
        if self.board is None or self.board.column != column:
            return None
        return dict(self.board.lanes()).get(value)

    def order(self) -> lists.Order:
        """The order the address asks for."""
        return lists.order_of(
            self.datamodel.obj,
            request.args.get("order", self.default_order),
            [c for c in self.order_columns if self._is_column(c)] + ["id"],
            self.default_order,
        )

    def selection(self) -> lists.Selection:
        """The rows that the address asks for."""
        return lists.selection(
            self.datamodel.obj,
            request.args,
            searchable=self.search_columns,
            base=self.base_criteria(),
            words=self.words,
            labels=self.label_columns,
            shown=self.shown_filter,
            own=self._beside_columns,
        )

    def _beside_columns(self, name: str, op: str, text: str) -> tuple[Any, str] | None:
        """A filter on what is no column: what an import brought, or one of the module's own."""
        if name == "import":
            return selection.imported(self.datamodel.obj, op, text), _("Import n°")
        return self.own_filter(name, op, text)

    def relations(self) -> Sequence[str]:
        """The relations that the columns on screen read."""
        names = set(self.list_state().columns)
        if self.list_state().display == displays.BOARD and self.board is not None:
            names |= set(self.board.card_columns)
        return [name for name in self.choosable() if name in names and self._is_relation(name)]

    # --- pages --------------------------------------------------------------------------

    def list_page(self) -> lists.ListPage:
        """What the address asks for, as it asks to see it."""
        session, state, chosen = db.session(), self.list_state(), self.selection()
        for fault in chosen.faults:
            flash(fault, "warning")
        if state.display == displays.BOARD:
            found = self._board_page(session, state, chosen)
        elif state.display == displays.CALENDAR:
            found = self._calendar_page(session, state, chosen)
        elif state.display == displays.MAP:
            count = lists.bounded_count(session, self.datamodel.obj, chosen.criteria)
            found = lists.empty_page(chosen, state.arguments, self.order(), count)
        elif state.group:
            found = self._grouped_page(session, state, chosen)
        else:
            found = self._plain_page(session, state, chosen)
            self._add_totals(session, state, chosen, found)
        self.dress(session, found.all_rows())
        return found

    def _plain_page(
        self, session: Session, state: ListState, chosen: lists.Selection
    ) -> lists.ListPage:
        model, order, relations = self.datamodel.obj, self.order(), self.relations()
        return lists.page(session, model, chosen, state.arguments, order=order, relations=relations)

    def _add_totals(
        self, session: Session, state: ListState, chosen: lists.Selection, found: lists.ListPage
    ) -> None:
        sums = {} if found.many else self.summed(state.columns, found.count)
        if sums and found.count:
            found.totals = groups.totals(session, self.datamodel.obj, chosen.criteria, sums)

    def _grouped_page(
        self, session: Session, state: ListState, chosen: lists.Selection
    ) -> lists.ListPage:
        model, criteria = self.datamodel.obj, chosen.criteria
        counted = lists.bounded_count(session, model, criteria)
        found = lists.empty_page(chosen, state.arguments, self.order(), counted)
        parts = self.parts(session, state.group, criteria, many=found.many)
        if parts is None:
            found = self._plain_page(session, state, chosen)
            found.note = _(
                "Plus de 10 000 fiches : ajoutez un filtre pour les grouper par %(name)s.",
                name=self.label_of(state.group),
            )
            return found
        sums = {} if found.many else self.summed(state.columns, found.count)
        found.groups = groups.counted(session, model, parts, criteria, sums, many=found.many)
        groups.open_some(found.groups, request.args.getlist("fold"))
        groups.fill(
            session,
            model,
            found.groups,
            criteria,
            order=self.order(),
            relations=self.relations(),
        )
        for name in sums:
            known = [grp.sums[name] for grp in found.groups if grp.sums[name] is not None]
            found.totals[name] = sum(known[1:], known[0]) if known else None
        return found

    def _board_page(
        self, session: Session, state: ListState, chosen: lists.Selection
    ) -> lists.ListPage:
        assert self.board is not None
        model = self.datamodel.obj
        lanes = [(value, str(sign.word)) for value, sign in self.board.lanes()]
        parts = groups.parts_of_values(model, self.board.column, lanes)[: len(lanes)]
        found = lists.empty_page(chosen, state.arguments, self.order(), 0)
        found.groups = groups.counted(
            session, model, parts, chosen.criteria, {}, many=True, empty=True
        )
        found.count = sum(group.count for group in found.groups)
        found.many = any(group.many for group in found.groups)
        for group in found.groups:
            group.is_open = group.count > 0
        groups.fill(
            session,
            model,
            found.groups,
            chosen.criteria,
            order=self.order(),
            relations=self.relations(),
            each=CARDS,
        )
        return found

    def _calendar_page(
        self, session: Session, state: ListState, chosen: lists.Selection
    ) -> lists.ListPage:
        assert self.calendar is not None
        model = self.datamodel.obj
        found = lists.empty_page(chosen, state.arguments, self.order(), 0)
        found.calendar = calendars.build(
            session,
            self,
            self.calendar,
            chosen.criteria,
            period=state.arguments.get("period", "month"),
            on=calendars.day_asked(request.args.get("on", ""), clock.today()),
            relations=self.relations(),
        )
        found.count = found.calendar.count
        undated = [*chosen.criteria, getattr(model, self.calendar.column).is_(None)]
        found.calendar.undated = lists.bounded_count(session, model, undated)
        return found

    # --- no rows yet --------------------------------------------------------------------

    def ways_in(self) -> Sequence[Way]:
        """Where the first rows of this list come from: its form, a file, ``first_ways``."""
        found = []
        if self.permitted("add"):  # type: ignore[attr-defined]
            found.append(Way(self.add_title, url_for(f"{self.endpoint}.add")))
        for importer in exporting.takers_of(self)[:1]:
            if may("ImportView.new") and self.appbuilder.sm.has_access(*importer.right):
                url = url_for("ImportView.new", kind=importer.kind)
                found.append(Way(_("Importer un fichier"), url, "file-import"))
        for words, endpoint, icon in self.first_ways:
            if may(endpoint):
                found.append(Way(words, url_for(endpoint), icon))
        return found

    def nothing(self) -> Nothing:
        """What the list says while it has no row and no filter is set."""
        return Nothing(self.empty_text, self.ways_in())

    # --- verbs --------------------------------------------------------------------------

    def permitted_verbs(self) -> Sequence[Verb]:
        """The verbs this person may use in this list."""
        return [verb for verb in self.verbs if self.may_run(verb)]

    def may_run(self, verb: Verb) -> bool:
        """Whether this person has the right that a verb asks for."""
        if "." in verb.method:
            return may(verb.method)
        return bool(self.permitted(verb.method))  # type: ignore[attr-defined]

    def _run(self, name: str, pks: Sequence[str], single: bool) -> Any:
        verb = next((verb for verb in self.verbs if verb.name == name), None)
        if verb is None:
            return super()._run(name, pks, single)
        return bulk.run(self, verb, pks)

    # --- routes -------------------------------------------------------------------------

    @route("/export/<form>", "list")
    def export(self, form: str) -> Response:
        """The list as CSV or XLSX: the rows that its filters let through."""
        return exporting.export(db.session(), self, form)

    def ids_selected(self) -> Any:
        """The ids of the rows that the address asks for, as a statement."""
        return select(self.datamodel.obj.id).where(*self.selection().criteria)

    def ids_of_list(self, limit: int) -> Sequence[int]:
        """The ids of the rows that the address asks for, in order; at most so many."""
        statement = self.ids_selected().order_by(*self.order().clauses()).limit(limit)
        return db.session().scalars(statement).all()

    def _leads_elsewhere(self) -> bool:
        """Whether the address asks for the rows of a record of another of one's entities."""
        for key, value in request.args.items():
            if not value.isdecimal() or len(value) > 18:
                continue
            parts, model = key.split("."), self.record_arguments.get(key)
            if len(parts) == 3 and parts[2] == "eq" and self._leads_to_one(parts[1]):
                model = self.datamodel.get_related_model(parts[1])
            if model is not None and viewing.follow_to(model, int(value)):
                return True
        return False

    @route("/list/")
    def list(self) -> Any:
        """The list; without any address the view that this person has chosen for it."""
        if self._leads_elsewhere():
            return redirect(request.full_path)
        state = self.list_state()
        if not request.args and state.default_id:
            chosen = next((v for v in state.views if v.id == state.default_id), None)
            if chosen is not None:
                return redirect(self.view_url(chosen))
        return self.render_template(
            self.list_template,
            title=self.list_title,
            view=self,
            page=self.list_page(),
            state=state,
        )
