"""How a list is shown: what its address says, and what the person chose before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from werkzeug.datastructures import MultiDict

from base.store.models import SavedView

#: Parameters that say where in a list one is, not which list.
PLACE = frozenset({"after", "before", "view", "fold", "on"})
#: How long a kept address may be.
MAX_QUERY = 4_000


@dataclass
class ListState:
    """Columns, density, groups and display of a list, and the views kept of it."""

    arguments: MultiDict[str, str]
    columns: list[str]
    dense: bool
    group: str
    display: str
    views: list[SavedView] = field(default_factory=list)
    current: SavedView | None = None
    #: The view that opens by itself for this person.
    default_id: int = 0

    @property
    def query(self) -> str:
        """The whole state as a query string; what a view keeps and a copied link says."""
        return query_of(self.arguments)

    @property
    def changed(self) -> bool:
        """Whether the list is no longer what its view says."""
        return self.current is not None and set(parse_qsl(self.query)) != set(
            parse_qsl(self.current.query)
        )


def query_of(arguments: MultiDict[str, str]) -> str:
    """A query string without what says only where one is."""
    pairs = [(k, v) for k, v in arguments.items(multi=True) if k not in PLACE and v != ""]
    return urlencode(pairs)


def clean_query(text: str) -> str:
    """A query string as we would write it: no address, no fragment, nothing of a place."""
    return query_of(MultiDict(parse_qsl(text[: 2 * MAX_QUERY])))[:MAX_QUERY]


def read(
    arguments: MultiDict[str, str],
    kept: dict[str, str],
    *,
    usual: Sequence[str],
    choosable: Sequence[str],
    groups: Sequence[str],
    displays: Sequence[str],
) -> ListState:
    """The state that an address asks for; ``kept`` answers what it does not say."""
    found = MultiDict(list(arguments.items(multi=True)))
    for name in ("cols", "dense"):
        if name not in found and name in kept:
            found[name] = kept[name]
    asked = [c for c in found.get("cols", "").split(",") if c in choosable]
    columns = list(dict.fromkeys(asked)) or list(usual)
    if columns == list(usual) and "cols" not in kept:
        found.poplist("cols")
    group = found.get("group", "")
    display = found.get("display", "list")
    return ListState(
        arguments=found,
        columns=columns,
        dense=found.get("dense") == "1",
        group=group if group in groups else "",
        display=display if display in displays else "list",
    )


def preference_of(views: Sequence[Any]) -> dict[str, str]:
    """What the person's nameless row says: columns, density, the view that opens by itself."""
    row = next((view for view in views if view.name == ""), None)
    return dict(parse_qsl(row.query)) if row is not None else {}
