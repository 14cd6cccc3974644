"""The screens of one model: list, record, forms, choices; all with the row rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from flask import abort, flash, g, jsonify, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import func, inspect, or_, select
from werkzeug.wrappers import Response

from base import actions
from base.chatter import add_message, timeline
from base.database import db
from base.errors import NotFound
from base.i18n import _, _l
from base.models import Entity
from base.sessions import unit_of_work
from base.views import cells, exporting, lists
from base.views.choices import choice_label, relation_choices
from base.views.form_pages import FormPages
from base.views.forms import Converter


class ModuleView(FormPages):
    """Screens of one model. A module declares columns; verbs come from its services.

    ``create`` and ``update`` are the verbs behind the forms: override them to call a service.
    """

    exclude_route_methods = {"download"}
    list_template = "ov/list.html"
    show_template = "ov/record.html"
    add_template = "ov/form.html"
    edit_template = "ov/form.html"
    #: Order of the list: a column, "-" in front for descending.
    default_order = "id"
    #: Text columns that the search box looks into.
    word_columns: Sequence[str] = ()
    #: column -> enum class or list of (value, label).
    enums: dict[str, Any] = {}
    #: column -> function(row) -> what the list and the record show instead of the value.
    formatters: dict[str, Callable[[Any], Any]] = {}
    #: column -> function(row) -> a sign with word, icon and tone, shown as icon and word.
    sign_columns: dict[str, Callable[[Any], Any]] = {}
    icon = "file"
    #: Shown when the list is empty and no filter is set.
    empty_text: Any = _l("Rien pour l’instant.")
    #: Columns of the cartouche of the record page.
    cartouche_columns: Sequence[str] = ()
    #: Column or hybrid of the row's state, shown as a pill; None when there is none.
    state_column: str | None = None

    #: The forms; made from the columns when a module gives none.
    add_form: Any = None
    edit_form: Any = None

    def _init_forms(self) -> None:
        convert = Converter(self.datamodel, type(self).__name__, self.enums)
        self.add_form = self.add_form or convert.create_form(
            self.label_columns,
            self.add_columns,
            self.description_columns,
            {k: list(v) for k, v in self.validators_columns.items()},
            self.add_form_extra_fields,
        )
        self.edit_form = self.edit_form or convert.create_form(
            self.label_columns,
            self.edit_columns,
            self.description_columns,
            {k: list(v) for k, v in self.validators_columns.items()},
            self.edit_form_extra_fields,
        )

    # --- what a module may override ------------------------------------------------------

    def base_criteria(self) -> list[Any]:
        """Further criteria of the list: archived rows are hidden unless asked for."""
        model = self.datamodel.obj
        if hasattr(model, "archived_on") and request.args.get("archived") != "1":
            return [model.archived_on.is_(None)]
        return []

    def words(self, text: str) -> Any:
        """The criterion of the search box."""
        model = self.datamodel.obj
        low = text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        columns = self.word_columns or self.search_columns[:1]
        return or_(
            *[func.lower(getattr(model, c)).like(f"%{low}%", escape="\\") for c in columns]
        )

    def create(self, session: Any, values: dict[str, Any]) -> Any:
        """Make a row from the form's values."""
        row = self.datamodel.obj(**values)
        if hasattr(row, "entity_id") and row.entity_id is None:
            row.entity_id = self.default_entity_id(session)
        session.add(row)
        return row

    def update(self, session: Any, row: Any, values: dict[str, Any]) -> None:
        """Change a row to the form's values."""
        for name, value in values.items():
            setattr(row, name, value)

    def remove(self, session: Any, row: Any) -> None:
        """Delete a row that nothing depends on."""
        session.delete(row)

    def default_entity_id(self, session: Any) -> int:
        """The entity of a new row: the person's own; the first when there are several."""
        if not session.scope:
            abort(404)
        chosen = request.form.get("entity_id", "")
        return int(chosen) if chosen.isdigit() and len(chosen) < 19 else int(session.scope[0])

    def entities(self) -> list[Entity]:
        """The entities a new row may be of, when there is a choice."""
        session = db.session()
        if len(session.scope) < 2 or "entity_id" not in inspect(self.datamodel.obj).column_attrs:
            return []
        return list(session.scalars(select(Entity).order_by(Entity.name)))

    def title_of(self, row: Any) -> str:
        """The heading of a record."""
        return str(row)

    # --- list ---------------------------------------------------------------------------

    def list_page(self) -> lists.ListPage:
        """The page of the list that the address asks for."""
        found, faults = lists.page(
            db.session(),
            self.datamodel.obj,
            request.args,
            searchable=self.search_columns,
            orderable=[c for c in self.order_columns if self._is_column(c)] + ["id"],
            order=self.default_order,
            base=self.base_criteria(),
            words=self.words,
            relations=[c for c in self.list_columns if self._is_relation(c)],
            labels=self.label_columns,
            shown=self.shown_filter,
        )
        for fault in faults:
            flash(fault, "warning")
        return found

    def _is_relation(self, name: str) -> bool:
        return name in inspect(self.datamodel.obj).relationships

    def _is_column(self, name: str) -> bool:
        return name in inspect(self.datamodel.obj).column_attrs

    def shown_filter(self, column: str, op: str, value: str) -> str:
        """The value of a filter in words."""
        words = {"ge": _("depuis %(v)s", v=value), "lt": _("avant %(v)s", v=value)}
        if op in words:
            return words[op]
        if op == "none":
            return _("vide")
        if column in self.enums:
            labels = self.enum_words(column)
            return ", ".join(str(labels.get(v, v)) for v in value.split(","))
        if self._is_relation(column) and value.isdigit() and len(value) < 19:
            model = self.datamodel.get_related_model(column)
            row = db.session().execute(select(model).where(model.id == int(value))).scalar()
            return str(row) if row is not None else value
        return value

    def enum_choices(self, column: str) -> list[tuple[str, str]]:
        """The values of a column with their words."""
        kind = self.enums[column]
        if isinstance(kind, type):
            return [(e.value, str(getattr(e, "label", e.value))) for e in kind]  # type: ignore[attr-defined]
        return list(kind() if callable(kind) else kind)

    def enum_words(self, column: str) -> dict[str, str]:
        """Value -> words of a column, in the reader's language; made once a request."""
        kept: dict[tuple[str, str], dict[str, str]] = g.setdefault("enum_words", {})
        key = (type(self).__name__, column)
        if key not in kept:
            kept[key] = dict(self.enum_choices(column))
        return kept[key]

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
                python = self.datamodel.list_columns[name].type.python_type.__name__
                kind = {
                    "date": "date",
                    "datetime": "date",
                    "Decimal": "number",
                    "int": "number",
                    "bool": "bool",
                }.get(python, "text")
            found.append(
                {
                    "column": name,
                    "label": str(self.label_columns.get(name, name)),
                    "kind": kind,
                    "choices": choices,
                    "url": url_for(f"{self.endpoint}.choices", column=name)
                    if kind == "relation"
                    else None,
                }
            )
        return found

    def value(self, row: Any, column: str) -> Any:
        """What the list or record shows of a column."""
        if column in self.formatters:
            return self.formatters[column](row)
        found = getattr(row, column)
        if column in self.enums and found is not None:
            return self.enum_words(column).get(str(found), found)
        return found() if callable(found) else found

    def permitted(self, method: str) -> bool:
        """Whether this person has the right to a method of this view."""
        if method in self.exclude_route_methods or not hasattr(self, method):
            return False
        permission = "can_" + self.get_method_permission(method)
        return permission in self.base_permissions and bool(
            self.appbuilder.sm.has_access(permission, self.class_permission_name)
        )

    @expose("/list/")
    @has_access
    def list(self) -> Any:
        """The list."""
        found = self.list_page()
        return self.render_template(
            self.list_template, title=self.list_title, view=self, page=found
        )

    @expose("/export/<form>", methods=["GET"])
    @has_access
    @permission_name("list")
    def export(self, form: str) -> Response:
        """The list as CSV or XLSX: the rows that its filters let through."""
        return exporting.export(db.session(), self, form)

    def change_words(self, session: Any, name: str, value: Any) -> str:
        """A value of the trail in words: the name of a related row, the label of a choice."""
        if value in (None, ""):
            return ""
        if name in self.enums:
            return str(self.enum_words(name).get(str(value), value))
        relation = name.removesuffix("_id")
        if relation != name and self._is_relation(relation):
            related = session.execute(
                select(self.datamodel.get_related_model(relation)).where(
                    self.datamodel.get_related_model(relation).id == value
                )
            ).scalar()
            return str(related) if related is not None else _("une fiche d’une autre entité")
        return cells.trail_value(value, name)

    def typed_words(self, field: Any) -> str:
        """What was typed in a field, as the register would show it."""
        if field.data is None or field.data == "":
            return ""
        if field.name in self.enums:
            return str(self.enum_words(field.name).get(str(field.data), field.data))
        return cells.shown(field.data, field.name)

    def thread(self, session: Any, row: Any) -> Sequence[Any]:
        """The record's thread, its changes in words."""
        found = []
        for entry in timeline(session, row):
            changes = [
                (
                    str(self.label_columns.get(n) or self.label_columns.get(n[:-3], n)),
                    self.change_words(session, n, before),
                    self.change_words(session, n, after),
                )
                for n, before, after in entry.changes
            ]
            found.append(replace(entry, changes=changes))
        return found

    # --- record -------------------------------------------------------------------------

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk: str) -> Any:
        """The record page."""
        row = self.get_or_404(pk)
        session = db.session()
        return self.render_template(
            self.show_template,
            title=self.title_of(row),
            view=self,
            row=row,
            pk=row.id,
            offers=actions.offers_for(row, on_tag=False),
            counters=actions.counters_for(session, row),
            sections=actions.sections_for(session, row),
            timeline=self.thread(session, row),
            **self.record_context(session, row),
        )

    def record_context(self, session: Any, row: Any) -> dict[str, Any]:
        """Further values for the record's template."""
        return {}

    @expose("/message/<pk>", methods=["POST"])
    @has_access
    @permission_name("message")
    def message(self, pk: str) -> Any:
        """Write a message beside the record; a right of its own, for readers only read.

        Roles give it on every screen at once, so the page itself is asked for as well.
        """
        if not self.permitted("show"):
            abort(403)
        row = self.get_or_404(pk)
        with unit_of_work() as session:
            add_message(session, row, request.form.get("body", ""))
        return redirect(url_for(f"{self.endpoint}.show", pk=row.id))

    # --- choices ------------------------------------------------------------------------

    @expose("/choices/<column>", methods=["GET"])
    @has_access
    @permission_name("list")
    def choices(self, column: str) -> Response:
        """At most 20 rows of a relation that fit the words typed; scoped like everything."""
        allowed = {*self.add_columns, *self.edit_columns, *self.search_columns}
        if column not in allowed or not self._is_relation(column):
            raise NotFound(_("Cette liste de choix n’existe pas."))
        model = self.datamodel.get_related_model(column)
        found = relation_choices(db.session(), model, request.args.get("q", "").strip()[:100])
        return jsonify([{"value": str(r.id), "text": choice_label(r)} for r in found])
