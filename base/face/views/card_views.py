"""The screens of a card."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from base.cards import Card, Carded
from base.engine.edge.interface import ScopedInterface
from base.face.views.displays import Board, Calendar
from base.face.views.module_view import ModuleView
from base.store.choice import Shown
from base.store.choice_columns import choices_of


class CardView(Carded, ModuleView):
    """Screens as a card says."""

    def title_of(self, row: Any) -> str:
        """What names it."""
        return str(getattr(row, self.card.title)) if self.card.title else super().title_of(row)

    @classmethod
    def said_of(cls, card: Card) -> Iterator[tuple[str, Any]]:
        """Attribute of the view -> what the card says of it."""
        yield "card", card
        yield "datamodel", ScopedInterface(card.model)
        yield "icon", card.icon
        yield "list_title", card.plural
        if card.counted is not None:
            yield "counted", staticmethod(card.counted)
        yield "add_title", card.new
        yield "edit_title", card.change
        if card.none:
            yield "empty_text", card.none
        yield "list_columns", card.names("lists")
        yield "show_columns", card.names("record")
        yield "cartouche_columns", card.names("cartouche")
        yield "add_columns", card.names("add")
        yield "edit_columns", card.names("edit")
        yield "search_columns", card.names("filters")
        yield "order_columns", card.names("order")
        yield "word_columns", card.names("words")
        if card.more is not None:
            yield "more_columns", card.names("more")
        yield "default_order", card.first
        yield "identity", card.identity.split()
        closed = {"download"}
        closed |= set() if card.names("add") else {"add", "delete"}
        closed |= set() if card.names("edit") else {"edit"}
        closed |= set() if "desk" in card.deletable.split() else {"delete"}
        yield "exclude_route_methods", closed
        if card.verbs:
            yield "verbs", tuple(card.names("verbs"))
        if card.board:
            yield "board", Board(card.state, card_columns=tuple(card.names("board")))
        if card.calendar:
            day, *whose = card.names("calendar")
            yield "calendar", Calendar(day, "".join(whose))
        if card.state:
            kind = choices_of(card.model)[card.state]

            def signs(self: ModuleView, row: Any) -> list[Shown]:
                """The pill of a row."""
                return [kind(getattr(row, card.state))]

            yield "state_column", card.state
            # A list of words alone stands in its column, without a pill.
            if all(member.icon for member in kind):
                yield "signs", signs


def view_of(card: Card, *bases: type, **more: Any) -> Any:
    """The view of a card; ``bases`` and ``more`` bring what is the module's own."""
    # The page of roles sorts by the module that a class is of.
    said = {"__doc__": f"{card.name}: as its card says.", "__module__": f"{card.module}.views"}
    said |= more
    return type(f"{card.name}View", (*bases, CardView), said, card=card)


def place(appbuilder: Any, *views: type[CardView]) -> None:
    """Add views to the menu, where their cards say."""
    for view in views:
        card = view.card
        name, word = card.menu or f"{card.name}s", card.menu_word or card.plural
        appbuilder.add_view(view, name, label=word, icon=card.icon, **card.group or {})
