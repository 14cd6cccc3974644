"""What the columns and lists of a resource are called, in the reader's language.

Columns have the words of the model, as on screen; lists the title of the screen of such records.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import current_app

from base.basics.i18n import _
from base.engine.edge.interface import Screen
from base.store.choice_columns import choices_of
from base.store.history import wording

#: Keys of answers that hold a title.
_TITLES = frozenset({"list_title", "show_title", "add_title", "edit_title"})


def title_of(model: Any) -> str | None:
    """What the list of such records is called on the screen; None when there is none."""
    return next((str(view.list_title) for view in _screens(model)), None)


def _screens(model: Any) -> Iterator[Any]:
    views: list[Any] = [
        v for v in current_app.extensions["appbuilder"].baseviews if isinstance(v, Screen)
    ]
    for kind in model.__mro__:
        yield from (view for view in views if view.datamodel.obj is kind)


class Named(wording.Worded):
    """A resource that names its columns and lists in words; FAB's are English made of names."""

    def set_response_key_mappings(
        self, response: dict[str, Any], func: Any, rison_args: Any, **kwargs: Any
    ) -> None:
        """As FAB, with titles that the screens of the same records have."""
        super().set_response_key_mappings(  # type: ignore[misc]
            response, func, rison_args, **kwargs
        )
        for key in _TITLES & response.keys():
            what = title_of(self.datamodel.obj) or self.resource_name  # type: ignore[attr-defined]
            if key == "add_title":
                what = _("%(what)s : ajout", what=what)
            elif key == "edit_title":
                what = _("%(what)s : modification", what=what)
            response[key] = what

    def _label_columns_json(self, cols: Any = None) -> dict[str, Any]:
        return {name: self._label_of(name) for name in cols or ()}

    def _label_of(self, name: str) -> str:
        # FAB's own guesses are texts, what modules and models say is lazy.
        given = self.label_columns.get(name)
        if given is not None and not isinstance(given, str):
            return str(given)
        return wording.label_of(self.datamodel.obj, name)  # type: ignore[attr-defined]

    def _description_columns_json(self, cols: Any = None) -> dict[str, Any]:
        # FAB asks the catalogue for the translation of an empty text, which is its header.
        described = self.description_columns.items()  # type: ignore[attr-defined]
        return {name: str(words) for name, words in described if words and name in (cols or ())}

    def _get_field_info(self, field: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        found: dict[str, Any] = super()._get_field_info(field, *args, **kwargs)  # type: ignore[misc]
        found["label"] = self._label_of(field.name)
        words = self.description_columns.get(field.name)  # type: ignore[attr-defined]
        found["description"] = str(words or "")
        said = wording.said_of(self.datamodel.obj, field.name)  # type: ignore[attr-defined]
        if said.unit:
            found["unit"] = said.unit
        kind = choices_of(self.datamodel.obj).get(field.name)  # type: ignore[attr-defined]
        if kind is not None:  # as FAB gives the rows of a relation
            found["values"] = [{"id": value, "value": word} for value, word in kind.words()]
        return found
