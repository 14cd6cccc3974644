"""Keeping, renaming, sharing and deleting views of lists; choosing columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from base.basics.errors import NotFound
from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.face.attached import saved_views
from base.face.views import ModuleView, Page
from base.face.views.acting import act_once
from base.face.views.list_state import clean_query
from base.face.views.routes import route
from base.rules.modules.actions import may, view_of
from base.rules.rights.actors import unit_of_work
from base.store.database import db
from base.store.mixins import current_user_id
from base.store.models import SavedView


def _list_of(name: str) -> ModuleView:
    """The screen whose list this is.

    Raises:
        NotFound: there is none, or this person may not open it.
    """
    view = view_of(name)
    if isinstance(view, ModuleView) and view.permitted("list"):
        return view
    raise NotFound(_("Cette liste n’existe pas."))


def _row(pk: int) -> SavedView:
    """A view of the person's authorities: theirs, or a shared one; 404 otherwise."""
    if not 0 < pk < 2**63:
        abort(404)
    row = saved_views.by_id(db.session(), pk)
    if row is None or row.name == "" or not (row.is_shared or row.user_id == current_user_id()):
        abort(404)
    return row


def _to(name: str, query: str, **more: Any) -> str:
    """The list in that state."""
    target = url_for(f"{name}.list", **more)
    if query:
        target += ("&" if "?" in target else "?") + query
    return target


class SavedViewView(Page):
    """Views of lists."""

    route_base = "/vues"
    default_view = "keep"
    rights_title = _l("Vues de listes")
    right_words = {
        "can_keep": _l("garder des vues"),
        "can_share": _l("partager des vues"),
    }

    def _person(self) -> tuple[int, int]:
        """Who keeps something, and in which authority."""
        scope = db.session().scope
        user_id = current_user_id()
        if not scope or user_id is None:
            abort(404)
        return user_id, scope[0]

    @route("/<name>", methods=["POST"])
    def keep(self, name: str) -> Response:
        """Keep the list as it stands under a name."""
        _list_of(name)
        query = clean_query(request.form.get("state", ""))
        user_id, entity_id = self._person()

        def work(session: Session) -> str:
            row = saved_views.keep(
                session,
                view=name,
                name=request.form.get("name", ""),
                query=query,
                user_id=user_id,
                entity_id=entity_id,
                shared=request.form.get("shared") == "1" and may("SavedViewView.share"),
            )
            if request.form.get("default") == "1":
                saved_views.remember(session, name, user_id, entity_id, default=str(row.id))
            flash(_("La vue « %(name)s » est enregistrée.", name=row.name), "success")
            return _to(name, query, view=row.id)

        return act_once(work, _to(name, query))

    @route("/<name>/colonnes", "keep", methods=["POST"])
    def columns(self, name: str) -> Response:
        """Choose columns, their order and the density; remembered for this person."""
        view = _list_of(name)
        form = request.form
        chosen = [c for c in dict.fromkeys(form.getlist("cols")) if c in view.choosable()]
        usual = form.get("usual") == "1" or not chosen
        cols = None if usual or chosen == list(view.list_columns) else ",".join(chosen)
        dense = "1" if form.get("dense") == "1" and not form.get("usual") else None
        with unit_of_work() as session:
            saved_views.remember(session, name, *self._person(), cols=cols, dense=dense)
        pairs = {"cols": cols, "dense": dense}
        query = clean_query(form.get("state", ""))
        kept = [p for p in query.split("&") if p and p.partition("=")[0] not in pairs]
        view_id = form.get("view", "0")
        given = {k: v for k, v in pairs.items() if v is not None}
        view_id = view_id if view_id.isdecimal() else "0"
        return redirect(_to(name, "&".join(kept), view=view_id, **given))  # type: ignore[return-value]

    def _change(
        self,
        pk: int,
        work: Callable[[Any, SavedView], str],
        *,
        query: str | None = None,
        after: int | None = None,
    ) -> Response:
        row = _row(pk)
        name, query = row.view, row.query if query is None else query
        _list_of(name)

        def own(session: Session) -> str:
            saved_views.require_own(row, current_user_id(), may_share=may("SavedViewView.share"))
            flash(work(session, row), "success")
            return _to(name, query, view=pk if after is None else after)

        return act_once(own, _to(name, query))

    @route("/<int:pk>/nom", "keep", methods=["POST"])
    def rename(self, pk: int) -> Response:
        """Give a view another name."""

        def work(session: Session, row: SavedView) -> str:
            saved_views.rename(session, row, request.form.get("name", ""))
            return _("La vue s’appelle maintenant « %(name)s ».", name=row.name)

        return self._change(pk, work)

    @route("/<int:pk>/etat", "keep", methods=["POST"])
    def update(self, pk: int) -> Response:
        """Keep the list as it stands under the view's own name."""
        query = clean_query(request.form.get("state", ""))

        def work(session: Session, row: SavedView) -> str:
            row.query = query
            return _("La vue « %(name)s » est à jour.", name=row.name)

        return self._change(pk, work, query=query)

    @route("/<int:pk>/defaut", "keep", methods=["POST"])
    def prefer(self, pk: int) -> Response:
        """Open the list with this view, or no longer; a choice of this person alone."""
        row = _row(pk)
        _list_of(row.view)
        wanted = request.form.get("wanted") == "1"
        with unit_of_work() as session:
            saved_views.remember(
                session, row.view, *self._person(), default=str(pk) if wanted else None
            )
        words = (
            _("La liste s’ouvrira sur « %(name)s ».", name=row.name)
            if wanted
            else _("La liste ne s’ouvrira plus sur « %(name)s ».", name=row.name)
        )
        flash(words, "success")
        return redirect(_to(row.view, row.query, view=pk))  # type: ignore[return-value]

    @route("/<int:pk>/partage", methods=["POST"])
    def share(self, pk: int) -> Response:
        """Show a view to everybody of the authority, or no longer; a right of its own."""
        wanted = request.form.get("wanted") == "1"

        def work(session: Session, row: SavedView) -> str:
            row.is_shared = wanted
            return (
                _("La vue « %(name)s » est partagée.", name=row.name)
                if wanted
                else _("La vue « %(name)s » n’est plus partagée.", name=row.name)
            )

        return self._change(pk, work)

    @route("/<int:pk>/supprimer", "keep", methods=["POST"])
    def remove(self, pk: int) -> Response:
        """Delete a view; nobody's rows change."""

        def work(session: Session, row: SavedView) -> str:
            name = row.name
            session.delete(row)
            return _("La vue « %(name)s » est supprimée.", name=name)

        return self._change(pk, work, after=0)


def register(appbuilder: Any) -> None:
    """Open the routes."""
    appbuilder.add_view_no_menu(SavedViewView)
