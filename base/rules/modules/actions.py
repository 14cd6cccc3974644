"""What a module offers around its own pages: buttons, sections, counters, groups of the menu.

A record page below knows nothing of the modules above: they register here, and the page asks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import current_app, url_for

from base.basics.sessions import Session
from base.store.history.trail import record_name

Check = Callable[[Any], bool]


def _always(row: Any) -> bool:
    return True


@dataclass(frozen=True)
class Offer:
    """A button on a record: it leads to ``endpoint`` with ``pk``."""

    model: type
    label: object
    #: ``"WorkOrderView.new"``; the view's permission decides who sees it.
    endpoint: str
    icon: str = "plus"
    method: str = "GET"
    when: Check = _always
    primary: bool = False
    #: Name of the URL argument that gets the row's id.
    argument: str = "pk"
    order: int = 50
    #: Also on the phone page after a scan.
    on_tag: bool = False

    def url(self, row: Any) -> str:
        """The address for one row."""
        return url_for(self.endpoint, **{self.argument: row.id})

    def allowed(self, row: Any) -> bool:
        """Whether this person sees the button on this row."""
        return may(self.endpoint) and self.when(row)


@dataclass(frozen=True)
class Section:
    """A part of a record page: ``function(session, row)`` gives the template's values."""

    model: type
    key: str
    title: object
    function: Callable[[Any, Any], dict[str, Any] | None]
    template: str
    icon: str = "file"
    #: Below 10: before the identity of the record.
    order: int = 50
    #: Seen by people who may open this endpoint; everybody who sees the record when empty.
    endpoint: str | None = None
    #: "main" for a card of the overview, "tab" for a tab of its own, computed when it is opened.
    place: str = "main"
    #: Whether the tab is offered on a row; asked on every page, so it reads the row alone.
    when: Check = _always


@dataclass(frozen=True)
class CounterLine:
    """One smart counter: a sentence and where it leads."""

    text: str
    detail: str = ""
    url: str | None = None
    state: str = ""


@dataclass(frozen=True)
class PhoneLink:
    """A place of the bar at the foot of the phone's pages."""

    label: object
    endpoint: str
    icon: str
    order: int = 50


@dataclass(frozen=True)
class MenuGroup:
    """A heading of the menu, which the screens of several modules may stand under."""

    label: object
    order: int
    #: Shown as one line that unfolds: what is set up once.
    folded: bool = False


@dataclass
class Registry:
    """All that modules have offered."""

    offers: list[Offer] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    counters: list[tuple[type, Callable[[Any, Any], list[CounterLine]]]] = field(
        default_factory=list
    )
    outcomes: list[tuple[type, Callable[[Any, Any], dict[int, str]]]] = field(default_factory=list)
    phone: list[PhoneLink] = field(default_factory=list)
    duties: list[Callable[[Any, int], list[CounterLine]]] = field(default_factory=list)
    menu: dict[str, MenuGroup] = field(default_factory=dict)


def registry() -> Registry:
    """The registry of this application."""
    found: Registry = current_app.extensions.setdefault("ouvrage_actions", Registry())
    return found


def offer(model: type, label: object, endpoint: str, **options: Any) -> None:
    """Offer a button on the records of a model (and of its sub-classes)."""
    registry().offers.append(Offer(model, label, endpoint, **options))


def tag_action(model: type, label: object, endpoint: str, **options: Any) -> None:
    """Offer a big button on the phone page that a scan opens."""
    offer(model, label, endpoint, on_tag=True, **options)


def section(
    model: type,
    key: str,
    title: object,
    function: Callable[[Any, Any], dict[str, Any] | None],
    template: str = "",
    **options: Any,
) -> None:
    """Offer a section on the record page of a model (and of its sub-classes).

    Its template is ``<module>/<key>_section.html`` of the function's module unless told.
    """
    template = template or f"{function.__module__.partition('.')[0]}/{key}_section.html"
    registry().sections.append(Section(model, key, title, function, template, **options))


def counter(model: type, function: Callable[[Any, Any], list[CounterLine]]) -> None:
    """Offer smart counters on the records of a model."""
    registry().counters.append((model, function))


def outcome(model: type, function: Callable[[Any, Any], dict[int, str]]) -> None:
    """Say what became of records of a model, in place of their state: ``function(session, rows)``.

    It gives id -> words, of those rows that became something above.
    """
    registry().outcomes.append((model, function))


def outcomes_of(session: Session, model: type, rows: Any) -> dict[int, str]:
    """What became of rows of a model, by their ids."""
    found: dict[int, str] = {}
    for of, function in registry().outcomes:
        if rows and issubclass(model, of):
            found |= function(session, rows)
    return found


def duty(function: Callable[[Any, int], list[CounterLine]]) -> None:
    """Say what a person (by the id of the account) would leave open if the account was closed."""
    registry().duties.append(function)


def duties_of(session: Session, user_id: int) -> list[CounterLine]:
    """What a person would leave open."""
    return [line for function in registry().duties for line in function(session, user_id)]


def phone_link(label: object, endpoint: str, icon: str, *, order: int = 50) -> None:
    """Offer a place of the bar at the foot of the phone's pages; four at most are shown."""
    registry().phone.append(PhoneLink(label, endpoint, icon, order))


def menu_group(
    builder: Any, key: str, label: object, icon: str, *, order: int, folded: bool = False
) -> None:
    """Open a group of the menu: ``add_view(…, category=key)``, by this module and those above it.

    What is opened every day stands first; a group that nobody opened so has the order 50.
    """
    if (known := builder.menu.find(key)) is None:
        builder.menu.add_category(key, icon=icon, label=label)
    else:  # a screen of FAB's own stands there already
        known.icon, known.label = icon, label
    registry().menu[key] = MenuGroup(label, order, folded)


def phone_links() -> list[PhoneLink]:
    """The places of the phone's bar for this person, in order."""
    return sorted((p for p in registry().phone if may(p.endpoint)), key=lambda p: p.order)[:4]


def may(endpoint: str) -> bool:
    """Whether the person of this request may open an endpoint such as ``WorkOrderView.new``."""
    view_name, _, method = endpoint.partition(".")
    view = view_of(view_name)
    if view is None:
        return False
    permission = "can_" + view.get_method_permission(method)
    return bool(view.appbuilder.sm.has_access(permission, view.class_permission_name))


def view_of(name: str) -> Any:
    """The screen or resource of an endpoint such as ``WorkOrderView``; None when there is none."""
    known: dict[str, Any] = current_app.extensions.setdefault("ouvrage_views", {})
    if name not in known:
        known.update({v.endpoint: v for v in current_app.extensions["appbuilder"].baseviews})
    return known.get(name)


def open_tables() -> list[str]:
    """The root tables of the records whose page or resource this person may open."""
    builder = current_app.extensions["appbuilder"]
    found = set()
    for view in builder.baseviews:
        model = getattr(getattr(view, "datamodel", None), "obj", None)
        if model is not None and any(
            permission in view.base_permissions
            and builder.sm.has_access(permission, view.class_permission_name)
            for permission in ("can_show", "can_get")
        ):
            found.add(record_name(model))
    return sorted(found)


def offers_for(row: Any, *, on_tag: bool | None = None) -> list[Offer]:
    """The buttons of one row for this person, in order."""
    return sorted(
        (
            o
            for o in registry().offers
            if isinstance(row, o.model)
            and (on_tag is None or o.on_tag == on_tag)
            and o.allowed(row)
        ),
        key=lambda o: o.order,
    )


def _offered(row: Any, place: str) -> list[Section]:
    """The sections of a row that this person may see, in order, not computed."""
    return [
        s
        for s in sorted(registry().sections, key=lambda s: s.order)
        if s.place == place
        and isinstance(row, s.model)
        and (not s.endpoint or may(s.endpoint))
        and s.when(row)
    ]


def tabs_for(row: Any) -> list[Section]:
    """The tabs of a row's page beside its overview, in order."""
    return _offered(row, "tab")


def sections_for(session: Session, row: Any, tab: Section | None = None) -> list[dict[str, Any]]:
    """The sections of the overview, or the one of a tab, computed; empty ones are left out."""
    found = []
    for s in [tab] if tab else _offered(row, "main"):
        values = s.function(session, row)
        if values is not None:
            found.append({"section": s, "values": values})
    return found


def counters_for(session: Session, row: Any) -> list[CounterLine]:
    """The smart counters of one row."""
    lines: list[CounterLine] = []
    for model, function in registry().counters:
        if isinstance(row, model):
            lines.extend(function(session, row))
    return lines
