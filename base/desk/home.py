"""The first page and its choice of tiles, the search, and the page that scans a tag."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, g, redirect, request, url_for
from flask_appbuilder import IndexView
from flask_appbuilder.baseviews import expose
from flask_login import current_user

from base.basics import clock
from base.basics.errors import NotFound
from base.basics.i18n import _
from base.basics.rows import rows_by_ids
from base.basics.sessions import Session
from base.desk import tiles
from base.desk.accounts.landing import own
from base.desk.job_pages import is_admin
from base.engine.search import KINDS, Found, Kind, find
from base.face.attached import saved_views
from base.face.attached.chatter import actor_words, last_changes
from base.face.views import ModuleView
from base.face.views.lists import COUNT_LIMIT
from base.face.views.shell import menu, related_url, where
from base.rules.modules import actions
from base.rules.rights.actors import unit_of_work
from base.rules.rights.people import names_of
from base.store.database import db
from base.store.history.trail import record_name
from base.store.models import Event
from base.store.together import aside
from base.upkeep.doctor import light_findings

#: Results of each kind on the search page, and in the list below the box.
PER_KIND, PER_PART = 10, 4
#: Lines of "what has changed", and how far back they are looked for.
RECENT, LOOKED_AT = 5, 60
#: Shortcuts on the home page.
SHORTCUTS = 6


def module_views() -> list[ModuleView]:
    """The screens of models that this person may open."""
    builder = current_app.extensions["appbuilder"]
    return [v for v in builder.baseviews if isinstance(v, ModuleView) and v.permitted("show")]


def _worked_on() -> list[ModuleView]:
    """The screens of what this person works on; of all that may be seen for who only reads."""
    seen = [view for view in module_views() if view.told_at_home]
    return [v for v in seen if v.permitted("add") or v.permitted("edit")] or seen


def recent(session: Session) -> list[dict[str, Any]]:
    """The records changed last, newest first: who, what, when, where it leads."""
    views = {record_name(v.datamodel.obj): v for v in reversed(_worked_on())}
    events: dict[tuple[str, int], Event] = {}
    for event in last_changes(session, views, LOOKED_AT):
        if event.record_id is not None:
            events.setdefault((event.record, event.record_id), event)
    found = []
    rows: dict[tuple[str, int], Any] = {}
    for name in {record for record, _number in events}:
        numbers = [number for record, number in events if record == name]
        found_here = rows_by_ids(session, views[name].datamodel.obj, numbers)
        rows |= {(name, number): row for number, row in found_here.items()}
    names = names_of({int(e.actor[5:]) for e in events.values() if e.actor.startswith("user:")})
    for key, event in events.items():
        row = rows.get(key)
        url = related_url(row) if row is not None else None
        if url is not None:
            who = actor_words(event.actor, names)
            found.append({"event": event, "row": row, "url": url, "who": who})
    return found[:RECENT]


def arranged(session: Session) -> tiles.Arrangement:
    """What the person of this request has chosen of the first page; read once."""
    if "arranged" not in g:
        g.arranged = tiles.arrangement(session, int(g.user.id))
    found: tiles.Arrangement = g.arranged
    return found


def shortcuts(session: Session) -> list[dict[str, Any]]:
    """What this person may make and makes every day, in the order of the menu.

    Who is of no audience gets all that they may make.
    """
    mine = set(arranged(session).audiences or tiles.audiences_of(my_roles()))
    views = {
        v.endpoint: v
        for v in module_views()
        if v.permitted("add") and (not mine or mine & set(v.made_by))
    }
    found: list[dict[str, Any]] = []
    for group in menu():
        for link in group.links:
            view = views.get(link.endpoint)
            if view is not None and all(view.add_title != kept["label"] for kept in found):
                url = url_for(f"{view.endpoint}.add")
                found.append({"label": view.add_title, "icon": link.icon, "url": url})
    return found[:SHORTCUTS]


def my_roles() -> list[str]:
    """The names of this person's roles, those of their groups included."""
    return [role.name for role in current_app.extensions["appbuilder"].sm.get_user_roles(g.user)]


def in_field() -> bool:
    """Whether the first of this person's homes is that of the field."""
    return tiles.audiences_of(my_roles())[:1] == ["agent"]


def phone_home() -> str:
    """Where the phone of somebody in the field opens, unless the first page is asked for."""
    places = actions.phone_links() if in_field() and "bureau" not in request.args else []
    return url_for(places[0].endpoint) if places else ""


def is_phone() -> bool:
    """Whether the browser says that it is one of a phone."""
    mobile = request.headers.get("Sec-CH-UA-Mobile") == "?1"
    return mobile or "Mobi" in request.headers.get("User-Agent", "")


def may_choose() -> bool:
    """Whether a choice of tiles can be kept: a person of no authority has nowhere to keep it."""
    return bool(db.session().scope)


def offered_audiences(placed: list[tiles.Placed]) -> list[tiles.Audience]:
    """The homes of which this person may see a tile."""
    seen = {a for p in placed for a in p.tile.audiences}
    known = tiles.homes().audiences.values()
    return sorted((a for a in known if a.key in seen), key=lambda a: a.order)


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
            detail = " · ".join(filter(None, (detail, aside(row))))
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
    """What waits for this person, from the tiles that modules declare."""

    everybodys = True

    index_template = "ov/home.html"

    @expose("/")
    def index(self) -> Any:
        """The home of a person; strangers are led to the sign-in."""
        if not current_user.is_authenticated:
            return redirect(url_for("AuthDBView.login"))
        field = phone_home()
        if field and is_phone():
            return redirect(field)
        session = db.session()
        chosen, roles = arranged(session), my_roles()
        placed = tiles.composed(chosen, roles)
        said = [(p.tile, None if p.tile.slow else p.tile.read(session)) for p in placed if p.on]
        parts = {
            place.value: [(t, r) for t, r in said if t.place == place and (t.slow or r)]
            for place in tiles.Place
        }
        lines = {
            place: [(t, r) for t, r in parts[place] if r is None or r.waits]
            for place in ("waits", "watch")
        }
        at_rest = {
            place: [(t, r) for t, r in parts[place] if (t, r) not in lines[place]]
            for place in ("waits", "watch")
        }
        steps = tiles.steps_left(session)
        return self.render_template(
            self.index_template,
            title=_("Accueil"),
            today=clock.today(),
            parts=parts,
            lines=lines,
            at_rest=at_rest,
            total=sum(min(r.count or 1, COUNT_LIMIT) for _t, r in lines["waits"] if r is not None),
            steps=steps,
            too_early=tiles.too_early(steps),
            phone_home=field,
            may_choose=may_choose(),
            scan_first=(chosen.audiences or tiles.audiences_of(roles))[:1] == ["agent"],
        )

    @own("/accueil/tuile/<name>")
    def tile(self, name: str) -> Any:
        """One tile, for a page that has kept its place."""
        found = tiles.homes().tiles.get(name)
        if found is None or not found.permitted():
            raise NotFound(_("Cette tuile n’existe pas."))
        part = "line" if found.place in (tiles.Place.WAITS, tiles.Place.WATCH) else "card"
        return self.render_template(
            f"ov/tiles/_{part}.html", t=found, r=found.read(db.session()), read=True
        )

    @own("/accueil/tuiles", methods=["GET", "POST"])
    def choose(self) -> Any:
        """Which tiles stand on the page, and in which order."""
        if not may_choose():
            raise NotFound(_("Ce compte ne garde pas de choix."))
        session, user_id, roles = db.session(), int(g.user.id), my_roles()
        chosen = tiles.arrangement(session, user_id)
        form = request.form
        if request.method == "POST":
            here = form.get("up") or form.get("down") or ""
            if form.get("usual"):
                chosen = tiles.Arrangement()
            elif "homes" in form:
                known = tiles.homes().audiences
                chosen = tiles.Arrangement([a for a in form.getlist("home") if a in known])
            else:
                chosen = tiles.toggled(chosen, roles, form.getlist("on"))
                if here:
                    chosen = tiles.moved(chosen, roles, here, -1 if form.get("up") else 1)
            with unit_of_work() as work:
                saved_views.remember(work, tiles.VIEW, user_id, work.scope[0], **chosen.kept())
            if here:
                verb = "up" if form.get("up") else "down"
                return redirect(url_for("HomeView.choose", _anchor=f"{verb}-{here}"))
            flash(_("Votre page d’accueil est enregistrée."), "success")
            return redirect(url_for("HomeView.index" if "done" in form else "HomeView.choose"))
        placed = tiles.composed(chosen, roles)
        return self.render_template(
            "ov/tiles/choose.html",
            title=_("Choisir les tuiles"),
            groups=[
                (place.word, [p for p in placed if p.tile.place == place]) for place in tiles.Place
            ],
            audiences=offered_audiences(placed),
            mine=chosen.audiences or tiles.audiences_of(roles),
        )

    @own("/accueil/etat")
    def state(self) -> Any:
        """What the cheap checks of the installation found, for administrators."""
        if not is_admin():
            raise NotFound(_("Introuvable."))
        return self.render_template(
            "ov/tiles/state.html", title=_("État de l’installation"), findings=light_findings()
        )

    @own("/recherche")
    def search(self) -> Any:
        """What every module finds for the words typed; ``?part=1`` for the list below the box."""
        words = request.args.get("q", "").strip()[:200]
        part = request.args.get("part") == "1"
        found = find(db.session(), words, open_kinds(), limit=PER_PART if part else PER_KIND)
        template = "ov/search_part.html" if part else "ov/search.html"
        return self.render_template(
            template, title=_("Recherche"), words=words, found=found, groups=shown(found)
        )

    @own("/scanner")
    def scan(self) -> Any:
        """Read a tag with the camera, or type its code."""
        code = request.args.get("code", "").strip()[:200]
        if code:
            token = code.rstrip("/").rsplit("/", 1)[-1].replace("-", "").replace(" ", "")
            return redirect(f"/t/{token}" if token.isascii() and token.isalnum() else "/scanner")
        return self.render_template("ov/scan.html", title=_("Scanner une étiquette"))
