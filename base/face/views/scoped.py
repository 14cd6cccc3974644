"""FAB's view with its leaks closed, and a view without a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder import ModelView
from flask_appbuilder.baseviews import BaseView, expose

from base.basics.i18n import _
from base.engine.edge.interface import RequestFilters, ScopedInterface

NEEDED = ("list_columns", "show_columns", "add_columns", "edit_columns", "search_columns")


class Page(BaseView):
    """A screen of its own, not of one model."""

    def render(self, template: str, **values: Any) -> str:
        """The page; ``title`` is the heading."""
        return self.render_template(template, **values)


class ScopedView(RequestFilters, ModelView):
    """FAB's view with its leaks closed: scoped actions by POST, listed columns."""

    def _init_properties(self) -> None:
        for name in NEEDED:
            if getattr(self, name) is None and not (
                name == "show_columns" and getattr(self, "show_fieldsets", None)
            ):
                raise RuntimeError(f"{type(self).__name__}.{name} must be listed")
        if not isinstance(self.datamodel, ScopedInterface):
            raise RuntimeError(f"{type(self).__name__} must use ScopedInterface")
        super()._init_properties()

    def get_or_404(self, pk: Any) -> Any:
        """The row, or 404 when it does not exist in the person's scope."""
        row = self.datamodel.get(pk, self._base_filters)
        if row is None:
            abort(404)
        return row

    def _run(self, name: str, pks: Sequence[str], single: bool) -> Any:
        act = self.actions.get(name) or abort(404)
        permission = self.get_action_permission_name(name)
        if not self.appbuilder.sm.has_access(permission, self.class_permission_name):
            abort(403)
        if not pks:
            flash(_("Cochez d’abord au moins une ligne."), "warning")
            return redirect(url_for(f"{self.endpoint}.list"))
        items = [self.get_or_404(pk) for pk in pks]
        return act.func(items[0] if single else items)

    @expose("/action/<string:name>/<pk>", methods=["POST"])
    def action(self, name: str, pk: str) -> Any:
        """Run an action on one row."""
        return self._run(name, [pk], True)

    @expose("/action_post", methods=["POST"])
    def action_post(self) -> Any:
        """Run an action on the ticked rows: all or none."""
        return self._run(
            request.form.get("action", ""), request.form.getlist("rowid")[:5000], False
        )
