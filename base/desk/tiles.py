"""The first page's tiles: what waits, what is late, what drifts, each leading to its rows.

A module declares its tiles at start; base knows no trade. A tile says one thing in words with its
figures; its link opens a list that holds exactly the rows that were counted. Who sees it: people
with the right to what it opens. Who sees it without asking: the audiences it is made for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from flask import current_app, url_for

from base.basics.formats import number
from base.basics.i18n import _, _l, ngettext
from base.basics.sessions import Session
from base.face.attached import saved_views
from base.face.views.lists import COUNT_LIMIT, bounded_count
from base.rules.modules.actions import may
from base.store.choice import Choice

#: What a person's choice is kept under, among the views of lists.
VIEW = "HomeView"


class Place(Choice):
    """Where a tile stands."""

    #: A card before everything else.
    TOP = "top", _l("En tête")
    #: A line of « Ce qui vous attend »; never slow.
    WAITS = "waits", _l("Ce qui vous attend")
    #: A line of « À surveiller »: late, or drifting.
    WATCH = "watch", _l("À surveiller")
    #: A card of its own, in the wide or in the narrow column.
    MAIN = "main", _l("Colonne large")
    SIDE = "side", _l("Colonne étroite")


@dataclass(frozen=True)
class Bar:
    """A line of a card with its share drawn beside it."""

    label: str
    #: 0 to 100.
    percent: int
    figure: str
    url: str = ""
    detail: str = ""
    state: str = ""
    icon: str = ""


@dataclass(frozen=True)
class Reading:
    """What a tile says now."""

    #: "4 demandes à trier".
    text: str
    #: Rows behind the link; COUNT_LIMIT + 1 stands for more; None for a sum without rows to count.
    count: int | None = None
    detail: str = ""
    #: Euros, kilowatt-hours, days: at the right of the line.
    figure: str = ""
    url: str = ""
    #: On the button: "Trier".
    verb: str = ""
    #: "late", "run" (drifts), "ok", or nothing.
    state: str = ""
    bars: Sequence[Bar] = ()
    #: What the template of a card needs besides.
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def waits(self) -> bool:
        """Whether there is something to do; a tile that counts nothing is up to date."""
        return self.count != 0


@dataclass(frozen=True)
class Tile:
    """One thing that the first page may say."""

    key: str
    #: Its name in « Choisir les tuiles », and the heading of a card.
    title: Any
    read: Callable[[Any], Reading | None]
    place: Place
    #: The rights to all of these are needed.
    endpoints: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    icon: str = "circle"
    order: int = 50
    #: Body of a card.
    template: str = "ov/tiles/bars.html"
    #: Read after the page, in a place that is kept for it.
    slow: bool = False
    #: Lines of text kept for a card that is read after the page.
    lines: int = 6
    when: Callable[[], bool] | None = None

    def permitted(self) -> bool:
        """Whether this person may see what the tile says."""
        return (self.when is None or self.when()) and all(may(e) for e in self.endpoints)


@dataclass(frozen=True)
class Audience:
    """People whose day looks alike, and the roles that are theirs."""

    key: str
    title: Any
    roles: tuple[str, ...] = ()
    order: int = 50


@dataclass(frozen=True)
class Step:
    """Something to do in a new installation."""

    key: str
    title: Any
    text: Any
    endpoint: str
    icon: str
    done: Callable[[Any], bool]
    order: int = 50
    #: Where it is done, when the right is that of another address.
    to: str = ""
    #: Of that address; ``arguments(session)`` where they are a row's.
    arguments: dict[str, Any] | Callable[[Any], dict[str, Any]] = field(default_factory=dict)
    #: The key of a step that comes first: before it, this one has nothing to open.
    after: str = ""
    #: Screens that make no sense before it is done.
    before: tuple[str, ...] = ()
    #: Its text says all: it is done elsewhere than on a screen.
    told: bool = False
    when: Callable[[], bool] | None = None

    def url(self, session: Session) -> str:
        """Where it is done."""
        given = self.arguments(session) if callable(self.arguments) else self.arguments
        return url_for(self.to or self.endpoint, **given)


class Stage(NamedTuple):
    """A first step as it stands."""

    step: Step
    done: bool
    #: Where it is begun; empty when it is done, is done elsewhere or waits for another.
    url: str
    #: The step that comes first, while it is not done.
    first: Any


@dataclass
class Homes:
    """All that modules have declared."""

    tiles: dict[str, Tile] = field(default_factory=dict)
    audiences: dict[str, Audience] = field(default_factory=dict)
    steps: dict[str, Step] = field(default_factory=dict)


def homes() -> Homes:
    """What the modules of this application declared."""
    found: Homes = current_app.extensions.setdefault("ouvrage_homes", Homes())
    return found


def tile(
    key: str, title: Any, read: Callable[[Any], Reading | None], place: Place, **more: Any
) -> None:
    """Declare a tile; a key is given once."""
    add([Tile(key, title, read, place, **more)])


def place_of(kept: list[Tile], place: Place, *endpoints: str, **usual: Any) -> Callable[..., Any]:
    """A decorator that keeps reading functions as tiles of one place, for ``add`` at the start.

    ``@waits_tile("late", 10, "clock", _l("En retard"), "WorkOrderView.list")``: key, order, icon,
    title, endpoints beside those of the place, then what :class:`Tile` takes.
    """

    def tile_of(key: str, order: int, icon: str, title: Any, *more: str, **own: Any) -> Any:
        def keep(read: Callable[[Any], Reading | None]) -> Callable[[Any], Reading | None]:
            said = {"order": order, "icon": icon, **usual, **own}
            kept.append(Tile(key, title, read, place, (*endpoints, *more), **said))
            return read

        return keep

    return tile_of


def add(found: Iterable[Tile]) -> None:
    """Declare tiles; a key is given once."""
    for one in found:
        if one.key in homes().tiles:
            raise RuntimeError(f"tile {one.key} is declared twice")
        homes().tiles[one.key] = one


def audience(key: str, title: Any, *roles: str, order: int = 50) -> None:
    """Declare an audience; tiles name it by its key."""
    homes().audiences[key] = Audience(key, title, roles, order)


def first_step(key: str, title: Any, text: Any, endpoint: str, **more: Any) -> None:
    """Declare something to do in a new installation."""
    homes().steps[key] = Step(key, title, text, endpoint, **more)


# --- figures in words ---------------------------------------------------------------------------


def counted(session: Session, model: Any, *criteria: Any) -> int:
    """How many rows; COUNT_LIMIT + 1 for all that are more."""
    return bounded_count(session, model, criteria)


def shown(count: int) -> str:
    """The count in words: beyond 10,000 nobody counts."""
    if count > COUNT_LIMIT:
        return _("plus de %(n)s", n=number(COUNT_LIMIT))
    return number(count)


def counted_line(count: int, one: str, more: str, url: str, **said: Any) -> Reading:
    """What a line says of so many rows, and where they are: "%(n)s demande à trier"."""
    return Reading(ngettext(one, more, count, n=shown(count)), count, url=url, **said)


# --- composition --------------------------------------------------------------------------------


@dataclass
class Arrangement:
    """What a person has chosen of the first page; empty for the one made for their roles."""

    audiences: list[str] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    added: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)

    def kept(self) -> dict[str, str | None]:
        """As the person's row keeps it; None forgets."""
        return {
            "audiences": ",".join(self.audiences) or None,
            "order": ",".join(self.order) or None,
            "added": ",".join(sorted(self.added)) or None,
            "removed": ",".join(sorted(self.removed)) or None,
        }


def arrangement(session: Session, user_id: int | None) -> Arrangement:
    """What the person has chosen before."""
    rows = saved_views.of_list(session, VIEW, user_id)
    row = next((r for r in rows if r.user_id == user_id and r.name == ""), None)
    kept = dict(parse_qsl(row.query)) if row is not None else {}

    def words(name: str) -> list[str]:
        return [word for word in kept.get(name, "").split(",") if word]

    return Arrangement(
        words("audiences"), words("order"), set(words("added")), set(words("removed"))
    )


def audiences_of(roles: Iterable[str]) -> list[str]:
    """The audiences of somebody with these roles; none for roles that no module has named."""
    names = set(roles)
    found = [a for a in homes().audiences.values() if names & set(a.roles)]
    return [a.key for a in sorted(found, key=lambda a: a.order)]


@dataclass(frozen=True)
class Placed:
    """A tile that this person may see, and whether it is on their page."""

    tile: Tile
    on: bool


def composed(chosen: Arrangement, roles: Iterable[str]) -> list[Placed]:
    """Every tile the person may see, in their order; whether each is on the page."""
    mine = chosen.audiences or audiences_of(roles)
    rank = {key: n for n, key in enumerate(mine)}
    placed = {key: n for n, key in enumerate(chosen.order)}

    def usual(one: Tile) -> bool:
        return not mine or not one.audiences or any(a in rank for a in one.audiences)

    def sort_key(one: Tile) -> tuple[int, int, int, str]:
        first = min((rank[a] for a in one.audiences if a in rank), default=len(rank))
        return placed.get(one.key, len(placed)), first, one.order, one.key

    return [
        Placed(one, one.key in chosen.added or (usual(one) and one.key not in chosen.removed))
        for one in sorted(homes().tiles.values(), key=sort_key)
        if one.permitted()
    ]


def steps_left(session: Session) -> list[Stage]:
    """The first steps of this person, each as it stands; nothing once all are done.

    What is done elsewhere than on a screen is no reason to go on saying the rest.
    """
    ordered = sorted(homes().steps.values(), key=lambda s: s.order)
    found = [s for s in ordered if may(s.endpoint) and (s.when is None or s.when())]
    # Steps that are two ways to one thing are asked once.
    asked = {one: one(session) for one in dict.fromkeys(s.done for s in found if not s.told)}
    if all(asked.values()):
        return []
    asked |= {s.done: s.done(session) for s in found if s.told}
    done = {step.key: asked[step.done] for step in found}
    stages = []
    for step in found:
        first = homes().steps[step.after].title if not done.get(step.after, True) else ""
        here = not done[step.key] and not first and not step.told
        stages.append(Stage(step, done[step.key], step.url(session) if here else "", first))
    return stages


def too_early(stages: Iterable[Stage]) -> set[str]:
    """The screens that make no sense before the steps that are left."""
    return {name for stage in stages if not stage.done for name in stage.step.before}


def toggled(chosen: Arrangement, roles: Iterable[str], wanted: Iterable[str]) -> Arrangement:
    """The choice with exactly these tiles on the page."""
    keys = set(wanted)
    plain = Arrangement(audiences=chosen.audiences)
    usual = {p.tile.key for p in composed(plain, roles) if p.on}
    known = {p.tile.key for p in composed(plain, roles)}
    return Arrangement(
        chosen.audiences, chosen.order, (keys & known) - usual, (usual & known) - keys
    )


def moved(chosen: Arrangement, roles: Iterable[str], key: str, by: int) -> Arrangement:
    """The choice with one tile a place further up (-1) or down (1) among those of its place."""
    all_keys = [p.tile.key for p in composed(chosen, roles)]
    tiles = homes().tiles
    if key not in all_keys:
        return chosen
    peers = [k for k in all_keys if tiles[k].place == tiles[key].place]
    here = peers.index(key)
    there = here + by
    if 0 <= there < len(peers):
        a, b = all_keys.index(peers[here]), all_keys.index(peers[there])
        all_keys[a], all_keys[b] = all_keys[b], all_keys[a]
    return Arrangement(chosen.audiences, all_keys, chosen.added, chosen.removed)
