"""What a module declares of its lists, and how its columns read: words, choices, groups, sums."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import g, jsonify, request, url_for
from sqlalchemy import inspect
from werkzeug.wrappers import Response

from base import filling
from base.basics.errors import NotFound
from base.basics.i18n import _, _l, language, ngettext
from base.basics.rows import holding, row_by_id, rows_by_ids
from base.basics.sessions import Session
from base.engine import search
from base.face.views import cells, groups, selection, verb_pages
from base.face.views.choices import choice_of, relation_choices
from base.face.views.displays import Board, Calendar
from base.face.views.forms import words_of
from base.face.views.routes import route
from base.face.views.scoped import ScopedView
from base.store.choice_columns import choices_of
from base.store.database import UTCDateTime, db
from base.store.history import wording
from base.store.mixins import EUROS, Said
from base.store.together import aside_name, told


class Declared(ScopedView):
    """Declarations of a list, with what they mean."""

    list_template = "ov/list.html"
    #: Order of the list: a column, "-" in front for descending.
    default_order = "id"
    #: Text columns that the search box looks into.
    word_columns: Sequence[str] = ()
    #: column -> function that gives (value, words), for a closed list that is no enumeration: those
    #: that the model names stand here by themselves.
    enums: dict[str, Any] = {}
    #: column -> function(row) -> what the list and the record show instead of the value.
    formatters: dict[str, Callable[[Any], Any]] = {}
    #: column -> function(row) -> a sign with word, icon and tone, shown as icon and word.
    sign_columns: dict[str, Callable[[Any], Any]] = {}
    icon = "file"
    #: Shown when the list is empty and no filter is set.
    empty_text: Any = _l("Rien pour l’instant.")
    #: Buttons of the empty list beside its form and its import: words, endpoint, icon.
    first_ways: Sequence[tuple[Any, str, str]] = ()
    #: Column or hybrid of the row's state, shown as a pill; None when there is none.
    state_column: str | None = None
    #: Columns a person may add to the list; those of the record and the filters when None.
    more_columns: Sequence[str] | None = None
    #: Columns a list may be grouped by; states, relations, dates and choices when None.
    group_columns: Sequence[str] | None = None
    #: Columns that are added up; amounts in euros of the row when None.
    sum_columns: Sequence[str] | None = None
    #: Amount that is no column of the row -> function that gives its SQL expression.
    sum_expressions: dict[str, Callable[[], Any]] = {}
    #: Columns that name a row in a file, "item.code" for those of a relation; its own code,
    #: number or reference when empty.
    identity: Sequence[str] = ()
    #: What may be done to ticked rows, and on the board: names of the model's declared verbs, in
    #: their order, or verbs of this list alone. Declared verbs that are not named follow.
    verbs: Sequence[Any] = ()
    #: View that has the routes of the model's verbs, when it is another.
    verbs_at = ""
    board: Board | None = None
    calendar: Calendar | None = None
    #: Arguments of the address that name a record, beside the filters: name -> its model.
    record_arguments: dict[str, Any] = {}
    #: Audiences of the first page who make such rows every day: they have a shortcut to the form.
    made_by: Sequence[str] = ()
    #: Whether the first page tells of changes: not of rows that follow from a change told already.
    told_at_home = True
    #: Whether the list's template draws a map of its rows.
    has_map = False

    def counted(self, number: int) -> str:
        """How many rows there are, by what they are called: "25 interventions"."""
        return ngettext("%(num)d fiche", "%(num)d fiches", number)

    def _init_properties(self) -> None:
        model = self.datamodel.obj
        self.enums = {**choices_of(model), **self.enums}
        filling.join(self)
        self.verbs = verb_pages.list_verbs(model, self.verbs, self.verbs_at)
        if self.board is not None:
            order = [verb.name for verb in self.verbs]
            self.board = verb_pages.whole_board(self.board, model, order)
        super()._init_properties()

    # --- what a module may override ------------------------------------------------------

    def base_criteria(self) -> list[Any]:
        """Further criteria of the list: archived rows are hidden unless asked for, also alone."""
        model, asked = self.datamodel.obj, request.args.get("archived")
        if not hasattr(model, "archived_on") or asked == "1":
            return []
        return [model.archived_on.is_not(None) if asked == "only" else model.archived_on.is_(None)]

    def words(self, text: str) -> Any:
        """The criterion of the search box."""
        model = self.datamodel.obj
        found = search.criterion(db.session(), model, text)
        if found is not None:
            return found
        columns = self.word_columns or self.search_columns[:1]
        return holding([getattr(model, name) for name in columns], text)

    def dress(self, session: Session, rows: Sequence[Any]) -> None:
        """Read at once what the columns of these rows need beside them."""

    def own_filter(self, name: str, op: str, text: str) -> tuple[Any, str] | None:
        """The criterion and label of a filter on what is no column; None when there is none."""
        return None

    def export_kinds(self) -> dict[str, Any]:
        """Column -> its kind in a file, for those that are no columns of the row."""
        return {}

    # --- columns ------------------------------------------------------------------------

    def _is_relation(self, name: str) -> bool:
        return name in inspect(self.datamodel.obj).relationships

    def _is_column(self, name: str) -> bool:
        return name in inspect(self.datamodel.obj).column_attrs

    def python_type(self, name: str) -> type:
        """What a column of the row holds."""
        kind = inspect(self.datamodel.obj).column_attrs[name].columns[0].type
        return datetime if isinstance(kind, UTCDateTime) else kind.python_type

    def said(self, name: str) -> Said:
        """What is said of a column of the list, beside its word."""
        if name in self.sum_expressions:
            return Said(unit=EUROS)
        return wording.said_of(self.datamodel.obj, name)

    def shown(self, value: Any, name: str) -> str:
        """A value of a column as people read it."""
        return cells.shown(value, self.said(name))

    def is_amount(self, name: str) -> bool:
        """Whether a column holds numbers, which stand under each other however they are said."""
        if self._is_column(name):
            kind = self.python_type(name)
            return kind is Decimal or (kind is int and name not in self.enums)
        made = getattr(self.datamodel.obj, name, None)
        return isinstance(made, property) and "Decimal" in str(
            made.fget.__annotations__.get("return")
        )

    def _leads_to_one(self, name: str) -> bool:
        return self._is_relation(name) and not (
            inspect(self.datamodel.obj).relationships[name].uselist
        )

    def says_again(self, row: Any, column: str) -> bool:
        """Whether a cell says what the row's name says already: a phone leaves it out."""
        return False

    def aside_of(self, name: str) -> str:
        """The attribute that tells apart the records that a column names; empty without one."""
        if not self._leads_to_one(name):
            return ""
        return aside_name(self.datamodel.get_related_model(name))

    def label_of(self, name: str) -> str:
        """The heading of a column."""
        if "." in name and name not in self.label_columns:
            return wording.label_of(self.datamodel.obj, name)
        return str(self.label_columns.get(name, name))

    def label_beside(self, name: str, value: Any) -> str:
        """What a column is called beside a value of it that is shown."""
        return cells.label_beside(str(self.label_columns.get(name, name)), self.shown(value, name))

    def choosable(self) -> list[str]:
        """The columns a person may choose, those of the list first."""
        more = self.more_columns
        if more is None:
            more = [
                name
                for name in [*(self.show_columns or ()), *self.search_columns]
                if (self._is_column(name) or self._leads_to_one(name))
                and name in self.label_columns
            ]
        return list(dict.fromkeys([*self.list_columns, *more]))

    def groupable(self) -> list[str]:
        """The columns the list may be grouped by; each is also a filter."""
        if self.group_columns is not None:
            return list(self.group_columns)
        return [
            name
            for name in self.search_columns
            if self._leads_to_one(name)
            or (
                self._is_column(name)
                and (name in self.enums or issubclass(self.python_type(name), bool | date))
            )
        ]

    def summed(self, columns: Sequence[str], count: int) -> dict[str, Any]:
        """Column -> expression of those that are added up in a list of so many rows."""
        model, found = self.datamodel.obj, {}
        for name in columns:
            if name in self.sum_expressions:
                if count <= groups.SUM_LIMIT:
                    found[name] = self.sum_expressions[name]()
            elif self._is_column(name) and (
                name in self.sum_columns
                if self.sum_columns is not None
                else self.said(name).unit == EUROS
            ):
                found[name] = getattr(model, name)
        return found

    def parts(self, session: Session, name: str, criteria: Sequence[Any], *, many: bool) -> Any:
        """The groups of a list by a column; None when it is too long to be grouped by it."""
        model = self.datamodel.obj
        listed: Sequence[tuple[Any, str]] | None = None
        if name in self.enums:
            listed = self.enum_choices(name)
        elif self._is_column(name) and self.python_type(name) is bool:
            listed = [(True, _("oui")), (False, _("non"))]
        if many and (listed is None or not groups.is_indexed(model, name)):
            return None
        if listed is not None:
            return groups.parts_of_values(model, name, listed)
        if self._is_column(name) and issubclass(self.python_type(name), date):
            return groups.parts_of_days(session, model, name, criteria)
        found = groups.values_of(session, model, name, criteria)
        kept, more = found[: groups.MAX_GROUPS], len(found) > groups.MAX_GROUPS
        words = {value: str(value) for value in kept}
        if self._is_relation(name):
            related = self.datamodel.get_related_model(name)
            known = rows_by_ids(session, related, kept)
            names = {number: told(row) for number, row in known.items()}
            words = {v: names.get(v, _("une fiche d’une autre entité")) for v in kept}
        return groups.parts_of_values(model, name, [(v, words[v]) for v in kept], more=more)

    # --- words --------------------------------------------------------------------------

    def shown_filter(self, column: str, op: str, value: str) -> str:
        """The value of a filter in words."""
        if op == "none":
            return _("vide")
        if column in self.enums:
            labels = self.enum_words(column)
            return ", ".join(str(labels.get(v, v)) for v in value.split(","))
        if self._is_relation(column) and value.isdecimal() and len(value) < 19:
            model = self.datamodel.get_related_model(column)
            row = row_by_id(db.session(), model, int(value))
            return told(row) if row is not None else value
        if not self._is_column(column) or op in ("has", "in"):
            return value
        stored = inspect(self.datamodel.obj).column_attrs[column].columns[0]
        return cells.condition(selection.typed(stored, value), op, self.said(column))

    def enum_choices(self, column: str) -> list[tuple[str, str]]:
        """The values of a column with their words."""
        return words_of(self.enums[column])

    def enum_words(self, column: str) -> dict[str, str]:
        """Value -> words of a column, in the reader's language; made once a request."""
        kept: dict[tuple[str, str, str], dict[str, str]] = g.setdefault("enum_words", {})
        key = (type(self).__name__, column, language())
        if key not in kept:
            kept[key] = dict(self.enum_choices(column))
        return kept[key]

    def value(self, row: Any, column: str) -> Any:
        """What the list or record shows of a column."""
        if column in self.formatters:
            return self.formatters[column](row)
        found = getattr(row, column)
        if column in self.enums and found is not None:
            return self.enum_words(column).get(str(found), found)
        return found() if callable(found) else found

    def filter_kinds(self) -> list[dict[str, Any]]:
        """What each filter of the list is, for the sheet that adds one."""
        found = []
        for name in self.search_columns:
            kind, choices = "text", None
            if name in self.enums:
                kind, choices = "enum", self.enum_choices(name)
            elif self._is_relation(name):
                kind = "relation"
            else:
                kind = {
                    "date": "date",
                    "datetime": "date",
                    "Decimal": "number",
                    "int": "number",
                    "bool": "bool",
                }.get(self.python_type(name).__name__, "text")
            found.append(
                {
                    "column": name,
                    "label": self.label_of(name),
                    "kind": kind,
                    "choices": choices,
                    "url": url_for(f"{self.endpoint}.choices", column=name)
                    if kind == "relation"
                    else None,
                }
            )
        return found

    # --- choices ------------------------------------------------------------------------

    @route("/choices/<column>", "list")
    def choices(self, column: str) -> Response:
        """At most 20 rows of a relation that fit the words typed; scoped like everything."""
        allowed = {*self.add_columns, *self.edit_columns, *self.search_columns}
        if column not in allowed or not self._is_relation(column):
            raise NotFound(_("Cette liste de choix n’existe pas."))
        model = self.datamodel.get_related_model(column)
        found = relation_choices(db.session(), model, request.args.get("q", "").strip()[:100])
        return jsonify([choice_of(row) for row in found])
