"""The forms of one model: nothing typed is lost, whatever refuses it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, make_response, redirect, request, url_for
from flask_appbuilder.exceptions import DatabaseException
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from base import filling
from base.basics.errors import DomainError, InvalidInput, Stale
from base.basics.i18n import _
from base.engine.edge.answers import idempotent, start_again
from base.engine.edge.interface import sentence
from base.face.views import conflicts
from base.face.views.routes import route
from base.face.views.scoped import ScopedView
from base.rules.rights.actors import unit_of_work

#: What a verb behind a form refuses with: by itself, or because the database does, when two at once
#: made the same thing.
REFUSALS = (DomainError, DatabaseException, IntegrityError)


class FormPages(ScopedView):
    """Add, change and delete a row; the verbs behind are those of the module's view."""

    _start_again = staticmethod(start_again)

    def _form_page(
        self, form: Any, title: Any, row: Any = None, status: int = 200, **more: Any
    ) -> Any:
        template = self.add_template if row is None else self.edit_template
        html = self.render_template(
            template,
            title=title,
            view=self,
            form=form,
            row=row,
            entities=self.entities() if row is None else [],
            columns=self.add_columns if row is None else self.edit_columns,
            fieldsets=self.add_fieldsets if row is None else self.edit_fieldsets,
            **{"was": {} if row is None else conflicts.before(form, self.edit_columns), **more},
        )
        return html, status

    def _values(self, form: Any, columns: Sequence[str]) -> dict[str, Any]:
        values = {}
        for name in columns:
            data = getattr(form, name).data
            values[name] = None if data == "" else data
        return values

    def _refused(self, form: Any, fault: Exception) -> None:
        errors = getattr(fault, "errors", {})
        for name, said in errors.items():
            # A relation is "asset" here and "asset_id" for programs.
            field = next((form[n] for n in (name, name.removesuffix("_id")) if n in form), None)
            if field is None:
                form.form_errors.append(str(said))
            else:
                field.errors = [*field.errors, said]
        if not errors:
            words = sentence(fault) if isinstance(fault, IntegrityError) else str(fault)
            form.form_errors.append(words)

    @route("/add", methods=["GET", "POST"])
    def add(self) -> Any:
        """The form of a new row."""
        form = self.add_form()
        if request.method == "GET":
            self.prefill_add(form)
            return self._form_page(form, self.add_title)
        try:
            # A double click, or a form sent again by the browser, makes one row.
            return idempotent(lambda: make_response(self._added(form)))
        except InvalidInput as fault:
            self._start_again()
            self._refused(form, fault)
            return self._form_page(form, self.add_title, status=fault.status)

    def _added(self, form: Any) -> Any:
        if not form.validate():
            return self._form_page(form, self.add_title, status=422)
        try:
            with unit_of_work() as session:
                values = self._values(form, self.add_columns)
                joined = filling.apart(self.datamodel.obj, "add", values)
                with filling.given(session, self.datamodel.obj, joined):
                    row = self.create(session, values)
                self.datamodel.add(row)
        except REFUSALS as fault:
            self._start_again()
            self._refused(form, fault)
            return self._form_page(form, self.add_title, status=getattr(fault, "status", 409))
        flash(self.added_message(row), "success")
        return redirect(url_for(f"{self.endpoint}.show", pk=row.id))

    def prefill_add(self, form: Any) -> None:
        """Fill a new form from the address: ``?asset=12`` chooses a relation."""
        for name in self.add_columns:
            if name in request.args and self._is_relation(name):
                form[name].process_formdata([request.args[name]])

    def added_message(self, row: Any) -> str:
        """What is said after a row was made."""
        return _("« %(n)s » est enregistré.", n=self.title_of(row))

    @route("/edit/<pk>", methods=["GET", "POST"])
    def edit(self, pk: str) -> Any:
        """The form of an existing row; a change by somebody else in between is shown, not lost."""
        row = self.get_or_404(pk)
        if request.method == "GET":
            return self._form_page(self.edit_form(obj=row), self.edit_title, row)
        form = self.edit_form()
        seen = request.form.get("version")
        if hasattr(row, "version") and seen != str(row.version):
            return self._conflict(form, row)
        conflicts.take_over(form, self.edit_form(formdata=None, obj=row), self.edit_columns)
        if not form.validate():
            return self._form_page(form, self.edit_title, row, status=422)
        try:
            with unit_of_work() as session:
                values = self._values(form, self.edit_columns)
                joined = filling.apart(self.datamodel.obj, "edit", values)
                self.update(session, row, values)
                filling.give(row, joined)
                self.datamodel.edit(row)
        except (StaleDataError, Stale):
            self._start_again()
            return self._conflict(form, self.get_or_404(pk))
        except REFUSALS as fault:
            self._start_again()
            self._refused(form, fault)
            row = self.get_or_404(pk)
            return self._form_page(form, self.edit_title, row, status=getattr(fault, "status", 409))
        return self._saved(row)

    def _conflict(self, form: Any, row: Any) -> Any:
        """What was typed stays; each field that both changed is chosen by this person."""
        now = self.edit_form(formdata=None, obj=row)
        was = conflicts.before(form, self.edit_columns)
        found = conflicts.compare(self, form, now, row, self.edit_columns, was)
        if found.says_the_same:
            return self._saved(row)
        form.validate()
        return self._form_page(
            form,
            self.edit_title,
            row,
            status=409,
            conflict=found,
            was={c: conflicts.raw(now[c]) for c in was},
        )

    def _saved(self, row: Any) -> Any:
        flash(_("« %(n)s » est enregistré.", n=self.title_of(row)), "success")
        return redirect(url_for(f"{self.endpoint}.show", pk=row.id))

    @route("/delete/<pk>", methods=["POST"])
    def delete(self, pk: str) -> Any:
        """Delete a row that nothing depends on."""
        row = self.get_or_404(pk)
        name = self.title_of(row)
        try:
            with unit_of_work() as session:
                self.remove(session, row)
                session.flush()
        except REFUSALS as fault:
            self._start_again()
            flash(sentence(fault) if isinstance(fault, IntegrityError) else str(fault), "danger")
            return redirect(url_for(f"{self.endpoint}.show", pk=pk))
        flash(_("« %(n)s » est supprimé.", n=name), "success")
        return redirect(url_for(f"{self.endpoint}.list"))
