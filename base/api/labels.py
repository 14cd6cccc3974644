"""What the columns of a resource are called, in the reader's language.

The screen of the same records says it; a column that no screen shows has the word that a module
gave for its name, whatever the record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import current_app

from base.choice_columns import choices_of
from base.i18n import _, _l

#: Name of a column -> its word, for columns that no screen of the record shows.
_WORDS: dict[str, Any] = {
    "actor": _l("Qui"),
    "at": _l("Quand"),
    "attempts": _l("Essais"),
    "changed_at": _l("Modifié le"),
    "changes": _l("Ce qui change"),
    "created_at": _l("Créé le"),
    "door": _l("Par où"),
    "entity_id": _l("Entité"),
    "id": _l("Numéro interne"),
    "last_error": _l("Dernière erreur"),
    "notes": _l("Notes"),
    "op": _l("Acte"),
    "progress": _l("Avancement"),
    "progress_text": _l("Étape en cours"),
    "result": _l("Résultat"),
    "seq": _l("Numéro d’ordre"),
    "version": _l("Version"),
}
#: Keys of answers that hold a title.
_TITLES = frozenset({"list_title", "show_title", "add_title", "edit_title"})


def tell(words: Mapping[str, Any]) -> None:
    """Give words for names of columns; one that has a word already keeps it."""
    for name, word in words.items():
        _WORDS.setdefault(name, word)


def label_of(model: Any, name: str) -> str:
    """What a column of a record is called; its own name when nobody gave it a word."""
    first, _dot, rest = name.partition(".")
    if rest:
        return f"{label_of(model, first)} ({label_of(model, rest)})"
    names = dict.fromkeys((name, name.removesuffix("_id")))
    for view in _screens(model):
        for asked in names:
            # What a module says is lazy; FAB fills the rest with English made of the names.
            if (word := view.label_columns.get(asked)) and not isinstance(word, str):
                return str(word)
    word = str(next((_WORDS[asked] for asked in names if asked in _WORDS), name))
    return word[:1].upper() + word[1:] if word != name else name


def title_of(model: Any) -> str | None:
    """What the list of such records is called on the screen; None when there is none."""
    return next((str(view.list_title) for view in _screens(model)), None)


def _screens(model: Any) -> Iterator[Any]:
    from base.views import ModuleView

    views = [v for v in current_app.extensions["appbuilder"].baseviews if isinstance(v, ModuleView)]
    for kind in model.__mro__:
        yield from (view for view in views if view.datamodel.obj is kind)


class Worded:
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

    def _gen_labels_columns(self, list_columns: list[str]) -> None:
        pass  # columns that the resource does not name are named when they are asked for

    def _label_columns_json(self, cols: Any = None) -> dict[str, Any]:
        return {name: self._label_of(name) for name in cols or ()}

    def _label_of(self, name: str) -> str:
        given = self.label_columns.get(name)  # type: ignore[attr-defined]
        return str(given) if given else label_of(self.datamodel.obj, name)  # type: ignore[attr-defined]

    def _description_columns_json(self, cols: Any = None) -> dict[str, Any]:
        # FAB asks the catalogue for the translation of an empty text, which is its header.
        described = self.description_columns.items()  # type: ignore[attr-defined]
        return {name: str(words) for name, words in described if words and name in (cols or ())}

    def _get_field_info(self, field: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        found: dict[str, Any] = super()._get_field_info(field, *args, **kwargs)  # type: ignore[misc]
        found["label"] = self._label_of(field.name)
        words = self.description_columns.get(field.name)  # type: ignore[attr-defined]
        found["description"] = str(words or "")
        kind = choices_of(self.datamodel.obj).get(field.name)  # type: ignore[attr-defined]
        if kind is not None:  # as FAB gives the rows of a relation
            found["values"] = [{"id": value, "value": word} for value, word in kind.words()]
        return found
