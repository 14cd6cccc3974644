"""What stands around every page: menu by task, search, entity, jobs, the person."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from flask import Flask, current_app, g, request, url_for
from flask_login import current_user
from jinja2.ext import Extension

from base.basics import clock
from base.basics.folding import full_name
from base.basics.i18n import _, language, ngettext
from base.engine.jobs.queries import count_running
from base.face.views import ModuleView, cells
from base.papers.files import static_files
from base.rules.modules import actions
from base.rules.rights import viewing, withheld
from base.rules.rights.entities import by_name, top_name
from base.store.database import db
from base.store.models import Entity
from base.upkeep.seals.reading import last_at

#: How long the foot of the menu may be behind the last seal.
SEAL_KEPT = timedelta(minutes=1)


@dataclass(frozen=True)
class Link:
    """An entry of the menu."""

    label: str
    url: str
    icon: str
    current: bool
    #: The view it leads to; empty for the home page.
    endpoint: str = ""


@dataclass
class Group:
    """A heading of the menu and its entries; the first group has no heading."""

    label: str
    links: list[Link] = field(default_factory=list)
    #: One line that unfolds; open where the page stands in it.
    folded: bool = False

    @property
    def current(self) -> bool:
        """Whether the page is one of the group."""
        return any(link.current for link in self.links)


def _link(item: Any) -> Link | None:
    url = item.get_url()
    if not url:
        return None
    path, _mark, query = url.partition("?")
    base = path.removesuffix("list/").rstrip("/") or "/"
    here = request.path.rstrip("/") + "/"
    current = here == "/" if base == "/" else here.startswith(base + "/")
    current = current and all(request.args.get(k) == v for k, v in parse_qsl(query))
    icon = item.icon if item.icon in static_files.icon_names() else "file"
    endpoint = item.baseview.endpoint if item.baseview is not None else ""
    return Link(str(item.label or item.name), url, icon, current, endpoint)


def _visible(item: Any) -> bool:
    """Whether this person may open what the entry leads to; no separate right on menus."""
    if item.baseview is not None:
        return actions.may(f"{item.baseview.endpoint}.{item.baseview.default_view}")
    manager = current_app.extensions["appbuilder"].sm
    return bool(manager.has_access("menu_access", item.name))


def menu() -> list[Group]:
    """The menu of this person, by task; made once a request."""
    if "menu" not in g:
        g.menu = _menu()
    made: list[Group] = g.menu
    return made


def _menu() -> list[Group]:
    builder = current_app.extensions["appbuilder"]
    home = url_for("HomeView.index")
    first = Group("", [Link(_("Accueil"), home, "home", request.path == home)])
    groups: list[tuple[int, Group]] = []
    known = actions.registry().menu
    for top in builder.menu.get_list():
        if not top.childs:
            if _visible(top) and (link := _link(top)):
                first.links.append(link)
            continue
        told = known.get(top.name) or actions.MenuGroup(top.label or top.name, 50)
        group = Group(str(told.label), folded=told.folded)
        for item in top.childs:
            if item.name != "-" and _visible(item) and (link := _link(item)):
                group.links.append(link)
        # A display of a list is an entry of its own: the list itself is then not the page.
        for link in [one for one in group.links if one.current and "?" in one.url]:
            same = link.url.partition("?")[0]
            group.links = [replace(o, current=o.url != same and o.current) for o in group.links]
        if group.links:
            groups.append((told.order, group))
    return [first, *(group for _order, group in sorted(groups, key=lambda one: one[0]))]


@dataclass(frozen=True)
class Entities:
    """What the screens show, and what they may show instead."""

    #: The authority that is shown; how many when there are several.
    name: str
    #: Those to choose from, by name; empty for somebody with one.
    all: list[Entity]
    #: The one chosen; None while all are shown.
    chosen: int | None


def where(endpoint: str, **values: Any) -> str | None:
    """The address of a screen when it exists and this person may open it."""
    if endpoint not in current_app.view_functions or not actions.may(endpoint):
        return None
    return url_for(endpoint, **values)


def related_url(row: Any) -> str | None:
    """The page of another record, for a person who may open it."""
    known: dict[type, str | None] = g.setdefault("record_pages", {})
    kind = type(row)
    if kind not in known:
        views = [
            v
            for v in current_app.extensions["appbuilder"].baseviews
            if isinstance(v, ModuleView) and isinstance(row, v.datamodel.obj)
        ]
        # The page of the class itself comes before that of the class it is a kind of.
        views.sort(key=lambda v: len(v.datamodel.obj.__mro__), reverse=True)
        known[kind] = next((v.endpoint for v in views if v.permitted("show")), None)
    endpoint = known[kind]
    return url_for(f"{endpoint}.show", pk=row.id) if endpoint else None


def sign_in_name() -> str:
    """Whose register this is, on the sign-in page: the authority at the top of the tree."""
    with current_app.extensions["ro_engine"].connect() as connection:
        return top_name(connection) or "Ouvrage"


def _nobody() -> bool:
    return False


_in_field: Callable[[], bool] = _nobody


def in_field_by(asked: Callable[[], bool]) -> None:
    """Say how it is known whether the person of a request works in the field first."""
    global _in_field
    _in_field = asked


class Shell:
    """The values of the shell, read once a page and only when asked for."""

    def __init__(self) -> None:
        self.signed_in = bool(current_user and current_user.is_authenticated)
        #: The account's number, for what the browser keeps of one person only; empty for nobody.
        self.account = str(current_user.get_id()) if self.signed_in else ""

    @property
    def menu(self) -> list[Group]:
        """The menu."""
        first, *others = menu()
        home = replace(first.links[0], url=self.home_url)
        return [replace(first, links=[home, *first.links[1:]]), *others]

    @property
    def phone(self) -> list[actions.PhoneLink]:
        """The bar at the foot of the phone's pages."""
        return actions.phone_links() if self.signed_in else []

    @cached_property
    def in_field(self) -> bool:
        """Whether the person's place is in the field first: the bar of the phone is everywhere."""
        return self.signed_in and _in_field()

    @property
    def home_url(self) -> str:
        """The first page, even where a phone opens on another."""
        return url_for("HomeView.index", bureau=1 if self.in_field else None)

    @cached_property
    def entities(self) -> Entities:
        """The authorities that the person works for, and the one that they have chosen to see."""
        session = db.session()
        found = by_name(session)
        one = viewing.chosen(session.whole)
        names = [row.name for row in found if one is None or row.id == one]
        if len(names) > 1:
            return Entities(_("Toutes mes entités (%(n)d)", n=len(names)), found, None)
        name = str(names[0]) if names else _("Aucune entité")
        return Entities(name, found if len(found) > 1 else [], one)

    @property
    def after_switch(self) -> str:
        """Where to go once another entity is shown: this page, or the list of the record on it."""
        if "pk" not in (request.view_args or {}):
            return request.full_path.rstrip("?")
        return where(f"{request.blueprint}.list") or url_for("HomeView.index")

    @cached_property
    def sealed(self) -> datetime | None:
        """When the trail was sealed last, read once a minute; None before the first seal."""
        now = clock.now()
        read_at, found = current_app.extensions.get("ouvrage_sealed", (None, None))
        if read_at is None or not read_at <= now < read_at + SEAL_KEPT:
            with current_app.extensions["ro_engine"].connect() as connection:
                found = last_at(connection)
            current_app.extensions["ouvrage_sealed"] = (now, found)
        return found

    @property
    def jobs(self) -> int:
        """Jobs of the person's authorities that wait or run."""
        return count_running(db.session())

    @property
    def person(self) -> str:
        """The person's name."""
        return full_name(g.user.first_name, g.user.last_name) or str(g.user.username)

    @property
    def languages(self) -> dict[str, Any]:
        """The languages of the screens, by code."""
        found: dict[str, Any] = current_app.config["LANGUAGES"]
        return found

    @property
    def locale(self) -> str:
        """The language of the page."""

        return language()


#: What begins a line of a template, but where every space is shown.
INDENT = re.compile(r"(<(pre|textarea)\b.*?</\2>)|(?<=\n)[ \t]+", re.DOTALL)


class Unindented(Extension):
    """Templates are indented for those who read them: their pages are sent without it."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """The source with the beginning of each line taken off; lines keep their numbers."""
        return INDENT.sub(lambda found: found[1] or "", source)


def register(app: Flask) -> None:
    """Give the templates what the shell shows."""
    static_files.register(app)
    app.jinja_env.filters.update(cells.FILTERS)
    app.jinja_env.add_extension(Unindented)
    app.jinja_env.tests.update(cells.TESTS)
    app.jinja_env.globals.update(
        where=where,
        sign_in_name=sign_in_name,
        related_url=related_url,
        ngettext=ngettext,
        full_name=full_name,
        left_out=withheld.left_out,
    )
    app.context_processor(lambda: {"shell": Shell()})
