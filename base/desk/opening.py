"""Screens, resources and sections of the cards that a module leaves to base."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import url_for
from sqlalchemy import inspect

from base.basics.sessions import Session
from base.cards import CARDS, Card
from base.face.api.card_api import api_of
from base.face.views import verb_pages
from base.face.views.card_views import place, view_of
from base.face.views.lists import narrowed
from base.rules.modules import actions
from base.rules.verbs import Door, verbs_of
from base.store.history import belonging

#: Rows that a section shows.
_ROWS = 5


def open_doors(appbuilder: Any, module: str) -> None:
    """Open screens and resource of each card of a module that says its rights.

    A module that registers a view or resource of its own for one of them has opened it already.
    """
    known = {type(view).__name__: view for view in appbuilder.baseviews}
    for made in CARDS.values():
        if made.module != module:
            continue
        if made.rights is not None:
            if f"{made.name}View" not in known:
                place(appbuilder, view_of(made))
                if verbs_of(made.model, Door.DESK):
                    verb_pages.section(f"{made.name}View")
            if made.rest and f"{made.name}Api" not in known:
                appbuilder.add_api(api_of(made))
        if made.section is not None:
            view = next(v for v in appbuilder.baseviews if type(v).__name__ == f"{made.name}View")
            _offer_section(made, view)


def _offer_section(card: Card, view: Any) -> None:
    """Show the rows of a card on the page of what they hang on."""
    relation = belonging.relation_of(card.model)
    actions.section(
        inspect(card.model).relationships[relation].mapper.class_,
        str(card.model.__tablename__),
        card.plural,
        _section(card, view, relation),
        "ov/card_section.html",
        icon=card.icon,
        order=card.section,
        endpoint=f"{card.name}View.list",
    )


def _section(card: Card, view: Any, relation: str) -> Callable[[Any, Any], dict[str, Any]]:
    def section(session: Session, row: Any) -> dict[str, Any]:
        page = f"{view.endpoint}.show"
        rows = belonging.newest_on(session, card.model, row, _ROWS)
        signs: Callable[[Any], Any] = getattr(view, "signs", lambda one: ())
        return {
            "rows": [(view.title_of(r), url_for(page, pk=r.id), signs(r)) for r in rows],
            "none": view.empty_text,
            "all_url": url_for(f"{view.endpoint}.list", **narrowed(**{relation: row.id})),
            "new": card.new,
            "new_url": url_for(f"{view.endpoint}.add", **{relation: row.id})
            if view.permitted("add")
            else "",
        }

    return section
