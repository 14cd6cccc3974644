"""The first page, the search over everything, and the page that scans a tag."""

from __future__ import annotations

from typing import Any

from flask import current_app, redirect, request, url_for
from flask_appbuilder import IndexView
from flask_appbuilder.baseviews import expose
from flask_login import current_user
from sqlalchemy import inspect, select

from base import actions, clock
from base.chatter import actor_words, people
from base.database import db
from base.i18n import _
from base.models import Event
from base.search import KINDS, Found, Kind, find
from base.shell import menu, related_url, where
from base.trail import record_name
from base.views import ModuleView

#: Results of each kind on the search page, and in the list below the box.
PER_KIND, PER_PART = 10, 4
#: Lines of "what has changed", and how far back they are looked for.
RECENT, LOOKED_AT = 8, 60
#: Shortcuts on the home page.
SHORTCUTS = 6


def module_views() -> list[ModuleView]:
    """The screens of models that this person may open."""
    builder = current_app.extensions["appbuilder"]
    return [v for v in builder.baseviews if isinstance(v, ModuleView) and v.permitted("show")]


def recent(session: Any) -> list[dict[str, Any]]:
    """The records changed last, newest first: who, what, when, where it leads."""
    views = {record_name(v.datamodel.obj): v for v in reversed(module_views())}
    events: dict[tuple[str, int], Event] = {}
    statement = select(Event).where(Event.op.in_(("I", "U")), Event.actor != "system")
    for event in session.scalars(statement.order_by(Event.seq.desc()).limit(LOOKED_AT)):
        if event.record in views and event.record_id is not None:
            events.setdefault((event.record, event.record_id), event)
    found = []
    rows: dict[tuple[str, int], Any] = {}
    for name in {record for record, _number in events}:
        model = views[name].datamodel.obj
        root = inspect(model).base_mapper.class_
        numbers = [number for record, number in events if record == name]
        for row in session.scalars(select(root).where(root.id.in_(numbers))):
            rows[name, row.id] = row
    names = people({int(e.actor[5:]) for e in events.values() if e.actor.startswith("user:")})
    for key, event in events.items():
        row = rows.get(key)
        url = related_url(row) if row is not None else None
        if url is not None:
            who = actor_words(event.actor, names)
            found.append({"event": event, "row": row, "url": url, "who": who})
    return found[:RECENT]


def shortcuts() -> list[dict[str, Any]]:
    """What this person may make, in the order of the menu."""
    views = {v.endpoint: v for v in module_views() if v.permitted("add")}
    found = []
    for group in menu():
        for link in group.links:
            view = views.get(link.endpoint)
            if view is not None:
                url = url_for(f"{view.endpoint}.add")
                found.append({"label": view.add_title, "icon": link.icon, "url": url})
    return found[:SHORTCUTS]


def open_kinds() -> list[Kind]:
    """The kinds of records whose page this person may open."""
    return [kind for kind in KINDS.values() if actions.may(kind.page)]


def shown(found: Found) -> list[dict[str, Any]]:
    """The results in words: groups of lines, each with its address; the whole list if longer."""
    groups = []
    for group in found.groups:
        kind = group.kind
        lines = []
        for row in group.rows:
            label, detail = kind.shown(row)
            lines.append(
                {
                    "label": label,
                    "detail": detail,
                    "icon": kind.icon(row) if callable(kind.icon) else kind.icon,
                    "url": url_for(kind.page, pk=getattr(row, kind.page_key)),
                }
            )
        listing = f"{kind.page.partition('.')[0]}.list"
        more = where(listing, q=request.args.get("q", "")) if group.more else None
        groups.append({"title": kind.title, "lines": lines, "more": more})
    return groups


class HomeView(IndexView):
    """What waits for this person, from the tiles that modules offer."""

    index_template = "ov/home.html"

    @staticmethod
    def _stranger() -> Any:
        """Where to send somebody who is not signed in; None for the others."""
        if current_user.is_authenticated:
            return None
        return redirect(url_for("AuthDBView.login", next=request.full_path.rstrip("?")))

    @expose("/")
    def index(self) -> Any:
        """The home of a person; strangers are led to the sign-in."""
        if not current_user.is_authenticated:
            return redirect(url_for("AuthDBView.login"))
        session = db.session()
        tiles = []
        for tile in sorted(actions.registry().tiles, key=lambda t: t.order):
            if tile.endpoint and not actions.may(tile.endpoint):
                continue
            values = tile.function(session)
            if values is not None:
                tiles.append({"tile": tile, "values": values})
        return self.render_template(
            self.index_template,
            title=_("Accueil"),
            tiles=tiles,
            today=clock.today(),
            recent=recent(session),
            shortcuts=shortcuts(),
        )

    @expose("/recherche")
    def search(self) -> Any:
        """What every module finds for the words typed; ``?part=1`` for the list below the box."""
        if (stranger := self._stranger()) is not None:
            return stranger
        words = request.args.get("q", "").strip()[:200]
        part = request.args.get("part") == "1"
        found = find(db.session(), words, open_kinds(), limit=PER_PART if part else PER_KIND)
        template = "ov/search_part.html" if part else "ov/search.html"
        return self.render_template(
            template, title=_("Recherche"), words=words, found=found, groups=shown(found)
        )

    @expose("/scanner")
    def scan(self) -> Any:
        """Read a tag with the camera, or type its code."""
        if (stranger := self._stranger()) is not None:
            return stranger
        code = request.args.get("code", "").strip()[:200]
        if code:
            token = code.rstrip("/").rsplit("/", 1)[-1].replace("-", "").replace(" ", "")
            return redirect(f"/t/{token}" if token.isascii() and token.isalnum() else "/scanner")
        return self.render_template("ov/scan.html", title=_("Scanner une étiquette"))
