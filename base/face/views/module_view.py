"""The screens of one model: list, record, forms, choices; all with the row rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from flask import abort, g, request, url_for
from sqlalchemy import inspect

from base.basics.i18n import _, _l
from base.basics.rows import rows_by_ids
from base.basics.sessions import Session
from base.engine.edge.interface import Screen, Written
from base.face.attached.chatter import add_message, timeline
from base.face.views import verb_pages
from base.face.views.acting import act_once
from base.face.views.form_pages import FormPages
from base.face.views.forms import Converter
from base.face.views.list_pages import ListPages
from base.face.views.routes import route
from base.rules.modules import actions
from base.rules.rights import entities, viewing
from base.store.database import db
from base.store.history import wording
from base.store.history.trail import record_name
from base.store.models import Entity
from base.store.together import told


class ModuleView(Written, Screen, ListPages, FormPages):
    """Screens of one model. A module declares columns; verbs come from its services.

    ``create`` and ``update`` are the verbs behind the forms: override them to call a service.
    """

    right_words: dict[str, Any] = {"can_message": _l("écrire un message")}
    exclude_route_methods = {"download"}
    show_template = "ov/record.html"
    add_template = "ov/form.html"
    edit_template = "ov/form.html"
    #: Columns of the cartouche of the record page.
    cartouche_columns: Sequence[str] = ()
    #: The forms; made from the columns when a module gives none.
    add_form: Any = None
    edit_form: Any = None

    def __init__(self, **kwargs: Any) -> None:
        # Before FAB collects routes and permissions.
        verb_pages.install(type(self))
        super().__init__(**kwargs)

    def _init_forms(self) -> None:
        convert = Converter(self.datamodel, type(self).__name__, self.enums)

        def form(columns: Sequence[str], extra: Any) -> Any:
            checks = {name: [*found] for name, found in self.validators_columns.items()}
            words = self.label_columns, columns, self.description_columns
            return convert.create_form(*words, checks, extra)

        self.add_form = self.add_form or form(self.add_columns, self.add_form_extra_fields)
        self.edit_form = self.edit_form or form(self.edit_columns, self.edit_form_extra_fields)

    # --- what a module may override ------------------------------------------------------

    def default_entity_id(self, session: Session) -> int:
        """The entity of a new row: the person's own; the first when there are several."""
        if not session.scope:
            abort(404)
        chosen = request.form.get("entity_id", "")
        return int(chosen) if chosen.isdecimal() and len(chosen) < 19 else int(session.scope[0])

    def entities(self) -> list[Entity]:
        """The entities a new row may be of, when there is a choice."""
        session = db.session()
        if len(session.scope) < 2 or "entity_id" not in inspect(self.datamodel.obj).column_attrs:
            return []
        return entities.by_name(session)

    def title_of(self, row: Any) -> str:
        """The heading of a record."""
        return str(row)

    def page_after(self, row: Any, *, refused: bool = False) -> str:
        """The page that follows a verb that leads nowhere else, or that was refused."""
        return url_for(f"{self.endpoint}.show", pk=row.id)

    def permitted(self, method: str) -> bool:
        """Whether this person has the right to a method of this view."""
        if method in self.exclude_route_methods or not hasattr(self, method):
            return False
        permission = "can_" + self.get_method_permission(method)
        return permission in self.base_permissions and bool(
            self.appbuilder.sm.has_access(permission, self.class_permission_name)
        )

    def change_words(self, session: Session, name: str, value: Any) -> str:
        """A value of the trail in words: a related row told apart, the label of a choice."""
        if value in (None, ""):
            return ""
        if name in self.enums:
            return str(self.enum_words(name).get(str(value), value))
        relation = self._relation_of(name)
        if relation:
            return self._names(session, relation, [value])[value]
        read = wording.read_back(record_name(self.datamodel.obj), name, value)
        return self.shown(read, name)

    def _relation_of(self, name: str) -> str:
        """The relation whose row a column of the trail names by its number; else empty."""
        relation = name.removesuffix("_id")
        return relation if relation != name and self._is_relation(relation) else ""

    def _names(self, session: Session, relation: str, ids: Collection[int]) -> dict[int, str]:
        """What the rows of a relation are called, each read once a request."""
        model = self.datamodel.get_related_model(relation)
        known: dict[int, str] = g.setdefault("related_names", {}).setdefault(model, {})
        if missing := set(ids) - known.keys():
            # Kept until all are told: where they are is read for those at hand, at once.
            rows = rows_by_ids(session, model, missing)
            foreign = _("une fiche d’une autre entité")
            known |= {n: told(rows[n]) if n in rows else foreign for n in missing}
        return known

    def _change_label(self, name: str) -> str:
        """What a column of the trail is called: the number of a row by what the row is."""
        name = self._relation_of(name) or name
        return str(self.label_columns.get(name, name))

    def typed_words(self, field: Any) -> str:
        """What was typed in a field, as the register would show it."""
        if field.data is None or field.data == "":
            return ""
        if field.name in self.enums:
            return str(self.enum_words(field.name).get(str(field.data), field.data))
        return self.shown(field.data, field.name)

    def thread(self, session: Session, row: Any) -> Sequence[Any]:
        """The record's thread, its changes in words."""
        found = []
        entries = timeline(session, row)
        named: dict[str, set[int]] = defaultdict(set)
        for entry in entries:
            for name, *values in entry.changes:
                if relation := self._relation_of(name):
                    named[relation].update(v for v in values if v not in (None, ""))
        for relation, ids in named.items():
            self._names(session, relation, ids)
        for entry in entries:
            changes = [
                (
                    self._change_label(n),
                    self.change_words(session, n, before),
                    self.change_words(session, n, after),
                )
                for n, before, after in entry.changes
            ]
            found.append(replace(entry, changes=changes))
        return found

    # --- record -------------------------------------------------------------------------

    @route("/show/<pk>")
    def show(self, pk: str) -> Any:
        """The record page."""
        row = self.get_or_404(pk)
        viewing.follow(row)
        session = db.session()
        tabs = actions.tabs_for(row)
        tab = next((t for t in tabs if t.key == request.args.get("part")), None)
        return self.render_template(
            self.show_template,
            title=self.title_of(row),
            view=self,
            row=row,
            pk=row.id,
            offers=actions.offers_for(row, on_tag=False),
            counters=actions.counters_for(session, row),
            tabs=tabs,
            tab=tab,
            sections=actions.sections_for(session, row, tab),
            timeline=self.thread(session, row),
            **self.record_context(session, row),
        )

    def record_context(self, session: Session, row: Any) -> dict[str, Any]:
        """Further values for the record's template."""
        return {}

    @route("/message/<pk>", "message", methods=["POST"])
    def message(self, pk: str) -> Any:
        """Write a message beside the record; a right of its own, for readers only read.

        Roles give it on every screen at once, so the page itself is asked for as well.
        """
        if not self.permitted("show"):
            abort(403)
        row = self.get_or_404(pk)
        page = url_for(f"{self.endpoint}.show", pk=row.id)

        def work(session: Session) -> str:
            add_message(session, row, request.form.get("body", ""))
            return page

        return act_once(work, page)
