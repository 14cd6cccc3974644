"""The resource of a card."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from base.cards import CARDS, Card, Carded, defaulted
from base.engine.edge.interface import ScopedInterface
from base.face.api.model_api import ModuleApi
from base.filling import joined


class CardApi(Carded, ModuleApi):
    """A resource as a card says."""

    opened_by = ("opens_rest", "opens")

    @classmethod
    def said_of(cls, card: Card) -> Iterator[tuple[str, Any]]:
        """Attribute of the resource -> what the card says of it: columns of the screens, by key."""
        yield "card", card
        yield "datamodel", ScopedInterface(card.model)
        yield "resource_name", card.rest
        related = card.related("lists", "record", "filters")
        listed = list(
            dict.fromkeys(
                [
                    "id",
                    *card.keys("lists", "filters", "rest_lists"),
                    *related,
                    *card.has("entity_id", "archived_on", "version"),
                ]
            )
        )
        yield "list_columns", listed
        shown = card.keys("record", "cartouche", "rest_record")
        yield "show_columns", list(dict.fromkeys([*listed, *shown]))
        run = card.service(*cls.opened_by)
        owner = card.has("entity_id") if run is None and card.names("add") else []
        add = card.keys("add") + owner if card.rest_add is None else card.keys("rest_add")
        yield "add_columns", add
        edit = card.keys("edit") if card.rest_edit is None else card.keys("rest_edit")
        yield "edit_columns", edit
        if run is not None:
            yield "filled_columns", tuple(sorted(set(add) & defaulted(run)))
        filters = [*card.keys("filters", "rest_filters"), *related, *card.has("entity_id")]
        yield "search_columns", list(dict.fromkeys(["id", *filters]))
        yield "order_columns", ["id", *card.keys("order")]
        closed = set() if add and "rest" in card.deletable.split() else {"delete"}
        closed |= set() if add else {"post"}
        closed |= set() if edit else {"put"}
        yield "exclude_route_methods", closed


def columns_of(*models: Any) -> dict[Any, list[str]]:
    """``made_columns`` of kinds that hang on a row or are made by a verb, as their cards say."""
    return {
        m: ["id", *CARDS[m].keys("lists", "record", "rest_lists"), *joined(m, "rest")]
        for m in models
    }


def api_of(card: Card, *bases: type, **more: Any) -> Any:
    """The resource of a card; ``bases`` and ``more`` bring what is the module's own."""
    said = {"__doc__": f"{card.name}: as its card says.", "__module__": f"{card.module}.api"}
    said |= more
    return type(f"{card.name}Api", (*bases, CardApi), said, card=card)
