"""« Voir à la date du… »: the register and a record as they were on a day; nothing is changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from flask import Response, abort, redirect, request, url_for

from base.basics import arguments, clock, formats
from base.basics.errors import InvalidInput
from base.basics.i18n import _, _l
from base.basics.rows import as_id
from base.basics.sessions import Session
from base.face.views import Page, cells, exporting, lists
from base.face.views.routes import route
from base.face.views.selection import Selection
from base.papers.files import exports
from base.rules.modules.actions import may
from base.rules.rights import viewing
from base.store.database import db
from base.store.history.wording import label_of
from patrimoine import domain
from patrimoine.domain.costs import CostNature
from patrimoine.domain.places import Step, place_of
from patrimoine.models import Asset
from patrimoine.queries import ancestors_on, asset_by_id, past
from patrimoine.queries.costs import ZERO
from patrimoine.views.assets import VIEWS, screen_of

#: Children shown on a record.
CHILDREN = 100


class Later(NamedTuple):
    """What a value became since: that of today, and the change that began it."""

    value: str
    day: str
    #: The change in the history of the record.
    url: str


class Known(NamedTuple):
    """A line of the record as it was."""

    label: str
    value: str
    #: None where it is the same today.
    later: Later | None


class Then:
    """Assets as they were on a day: the row of today, with what has changed since taken back."""

    def __init__(self, session: Session, rows: Collection[Asset], day: date) -> None:
        self.day = day
        ids = {row.id for row in rows}
        self.lines = past.lines_on(session, ids, day)
        #: For those without a place on the day: the first one that was noted later.
        self.first = past.first_places(session, ids - self.lines.keys())
        above = {number for line in self.lines.values() for number in line}
        above |= {parent for parent, _since in self.first.values() if parent is not None}
        self.rows = {row.id: row for row in rows} | past.assets_at(session, above - ids)
        self.changes = past.changes_after(session, set(self.rows), day)

    def raw(self, row: Asset, name: str) -> Any:
        """The value of a column, as the trail writes it when it has changed since."""
        change = self.changes.get(row.id, {}).get(name)
        return getattr(row, name) if change is None else change.before

    def name(self, row: Asset) -> str:
        """What it was called."""
        return str(self.raw(row, "name"))

    def code(self, row: Asset) -> str:
        """Its inventory number then."""
        return str(self.raw(row, "code"))

    def status(self, row: Asset) -> str:
        """Its state in words."""
        return str(domain.AssetStatus(self.raw(row, "status")).word)

    def cost(self, row: Asset) -> Decimal | None:
        """What it was said to have cost to buy."""
        found = self.raw(row, "acquisition_cost_eur")
        return None if found is None else Decimal(str(found))

    def acquired(self, row: Asset) -> date | None:
        """The day it was said to be acquired."""
        found = self.raw(row, "acquired_on")
        return date.fromisoformat(found) if isinstance(found, str) else found

    def place(self, row: Asset) -> str:
        """What it stood in, in words."""
        if row.id in self.lines:
            return self._in(self.lines[row.id])
        if row.id not in self.first:
            return _("emplacement non connu à cette date")
        parent_id, since = self.first[row.id]
        place = self._in([] if parent_id is None else [parent_id])
        return _("%(place)s (noté le %(day)s)", place=place, day=formats.day(since))

    def _in(self, line: Sequence[int]) -> str:
        """What is at the end of a line, said as people say places, by the names of the day."""
        if not line:
            return _at_top()
        rows = [self.rows[number] for number in line if number in self.rows]
        if not rows or rows[-1].id != line[-1]:
            return _("bien d’une autre entité")
        return place_of([Step(row.kind, self.name(row), self.code(row)) for row in rows], "").whole


def _at_top() -> str:
    return _("en tête de l’arborescence")


def _later(row: Asset, today: str, change: past.Change) -> Later:
    """The value of today, and the first change since in the thread of the record."""
    day = formats.day(clock.local(change.at).date())
    url = url_for("AssetView.show", pk=row.id, _anchor=f"fait-{change.seq}")
    return Later(today or _("vide"), day, url)


def _day() -> date:
    """The day that the address asks for: not after today, yesterday's year end without one."""
    today = clock.today()
    try:
        asked = arguments.day(request.args, "au")
    except InvalidInput:
        asked = None
    return min(asked or date(today.year - 1, 12, 31), today)


class PastView(Page):
    """The register on a day of the past; read only."""

    route_base = "/patrimoine/date"
    default_view = "list"
    rights_title = _l("Biens à une date passée")
    right_words = {"can_export": _l("exporter")}

    def _criteria(self, day: date) -> tuple[list[Any], str, Asset | None]:
        """What the address asks for: criteria, kind, the asset at the top."""
        kind = request.args.get("kind", "")
        found = past.held_on(day)
        if kind in list(domain.Kind):
            found.append(Asset.kind == kind)
        top = None
        if under := request.args.get("under", type=as_id):
            top = self._asset(under)
            found += past.below_on(top.id, day)
        return found, kind, top

    @staticmethod
    def _asset(pk: int) -> Asset:
        if not 0 < pk < 2**63:
            abort(404)
        row = asset_by_id(db.session(), pk)
        return row if row is not None else abort(404)

    @route("/")
    def list(self) -> Any:
        """What the register held on the day, with the names, places and states of the day."""
        session, day = db.session(), _day()
        if viewing.follow_to(Asset, request.args.get("under", 0, type=as_id)):
            return redirect(request.full_path)
        criteria, kind, top = self._criteria(day)
        page = lists.page(
            session,
            Asset,
            Selection(criteria, [], "", []),
            request.args,
            order=lists.order_of(Asset, "sort_key", ["sort_key"], "sort_key"),
        )
        keep: dict[str, Any] = {"au": day.isoformat(), "under": top.id if top else None}
        tabs = [(_("Tous"), url_for("PastView.list", **keep), not kind, None)]
        tabs += [
            (str(k.plural), url_for("PastView.list", kind=k.value, **keep), kind == k, None)
            for k in domain.Kind
            if may(f"{VIEWS[k]}.list")
        ]
        now = (
            url_for("AssetView.list", under=top.id)
            if top
            else url_for(
                f"{VIEWS[domain.Kind(kind)]}.list"
                if kind in list(domain.Kind)
                else "AssetView.list"
            )
        )
        return self.render(
            "patrimoine/past_list.html",
            title=_("Biens au %(day)s", day=formats.day(day)),
            day=day,
            today=clock.today(),
            page=page,
            then=Then(session, page.rows, day),
            tabs=tabs,
            top=top,
            kind=kind,
            now=now,
        )

    @route("/<int:pk>")
    def show(self, pk: int) -> Any:
        """One asset as it was: values, place, what it held, what it had cost until then."""
        session, day, row = db.session(), _day(), self._asset(pk)
        viewing.follow(row)
        children = past.children_on(session, pk, day, limit=CHILDREN + 1)
        above = past.assets_at(session, ancestors_on(session, pk, day))
        chain = [above[i] for i in ancestors_on(session, pk, day) if i in above]
        then = Then(session, [row, *children, *chain], day)
        changed = then.changes.get(row.id, {})
        view = screen_of(row)
        known = self._known(session, view, row, then)
        return self.render(
            "patrimoine/past_show.html",
            title=then.name(row),
            row=row,
            day=day,
            today=clock.today(),
            then=then,
            chain=[(then.name(a), _url(a, day)) for a in chain],
            known=known,
            differ=sum(one.later is not None for one in known),
            renamed=_later(row, row.name, changed["name"])
            if "name" in changed and then.name(row) != row.name
            else None,
            children=[(child, _url(child, day)) for child in children[:CHILDREN]],
            more=len(children) > CHILDREN,
            held=past.was_held(session, pk, day),
            costs=_costs(session, pk, day) if may("CostLineView.list") else None,
            now=url_for("AssetView.show", pk=pk),
            kind_of=domain.Kind,
        )

    @staticmethod
    def _known(session: Session, view: Any, row: Asset, then: Then) -> Sequence[Known]:
        """The place and the values of the record, each with what it is today when it differs."""
        changed = then.changes.get(row.id, {})

        def known(label: str, value: str, today: str, column: str) -> Known:
            change = changed.get(column)
            later = None if change is None or value == today else _later(row, today, change)
            return Known(label, value or _("vide"), later)

        place, line = then.place(row), then.lines.get(row.id)
        came_back = line is not None and (line[-1] if line else None) == row.parent_id
        moved = "parent_id" in changed and not came_back
        today = (row.place or _at_top()) if moved else place
        found = [known(_("Emplacement"), place, today, "parent_id")]
        for name in dict.fromkeys([*view.cartouche_columns, *view.show_columns]):
            if name == "parent":
                continue
            column = f"{name}_id" if view._is_relation(name) else name
            value = today = view.shown(view.value(row, name), name)
            if name == view.state_column:
                value = then.status(row)  # what is archived today was not, on the day
            if column in changed:
                value = view.change_words(session, column, changed[column].before)
            if value or today:
                label = cells.label_beside(view.label_of(name), value or today)
                found.append(known(label, value, today, column))
        return found

    @route("/export/<form>")
    def export(self, form: str) -> Response:
        """The register of the day as a file."""
        session, day = db.session(), _day()
        criteria, _kind, _top = self._criteria(day)
        if past.is_longer(session, criteria, exporting.MAX_ROWS):
            raise InvalidInput(
                _("Cette liste dépasse 50 000 lignes : choisissez une nature de biens.")
            )
        columns = [
            exports.Column("code", label_of(Asset, "code"), exports.Kind.TEXT),
            exports.Column("name", label_of(Asset, "name"), exports.Kind.TEXT),
            exports.Column("kind", label_of(Asset, "kind"), exports.Kind.TEXT),
            exports.Column("place", _("Emplacement"), exports.Kind.TEXT),
            exports.Column("status", label_of(Asset, "status"), exports.Kind.TEXT),
            exports.Column("acquired_on", label_of(Asset, "acquired_on"), exports.Kind.DAY),
            exports.Column("cost", _("Coût d’acquisition"), exports.Kind.EUROS),
        ]
        title = _("Biens au %(day)s", day=formats.day(day))
        rows = _rows(session, criteria, day)
        return exporting.file_of(form, f"biens-au-{day.isoformat()}", title, columns, rows)


def _rows(session: Session, criteria: Sequence[Any], day: date) -> Iterator[list[Any]]:
    for batch in past.in_batches(session, criteria, exporting.BATCH):
        then = Then(session, batch, day)
        for row in batch:
            yield [
                then.code(row),
                then.name(row),
                str(domain.Kind(row.kind).word),
                then.place(row),
                then.status(row),
                then.acquired(row),
                then.cost(row),
            ]


def _url(row: Asset, day: date) -> str:
    return url_for("PastView.show", pk=row.id, au=day.isoformat())


def _costs(session: Session, pk: int, day: date) -> dict[str, Any]:
    """Net euros of the year until the day by nature, and of all the years until then."""
    year = past.costs_until(session, pk, day, start=date(day.year, 1, 1))
    ever = past.costs_until(session, pk, day, start=None)
    words = {row.nature: str(CostNature(row.nature).word) for row in ever}
    of_year = {row.nature: row.net_eur for row in year}
    return {
        "lines": [(words[row.nature], of_year.get(row.nature, ZERO), row.net_eur) for row in ever],
        "year": sum(of_year.values(), ZERO),
        "ever": sum((row.net_eur for row in ever), ZERO),
    }
