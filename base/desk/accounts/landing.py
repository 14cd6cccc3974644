"""Where a browser may be sent: only to a path of our own."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from flask import abort, request, session, url_for
from flask_appbuilder import AppBuilder
from flask_appbuilder.baseviews import BaseView, expose
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from base.basics import i18n
from base.desk.accounts import preferences
from base.engine.edge.paths import form_page, own_path
from base.rules.rights import viewing
from base.rules.rights.actors import person_scope


def landing(target: str | None = None) -> str:
    """Where to go: the path asked for when it is ours, else the home page."""
    return own_path(target) or url_for("HomeView.index")


def here() -> str:
    """The path of this request, with its question."""
    return request.full_path.rstrip("?")


class UtilView(BaseView):
    """FAB's ``/back``, without memory of other hosts."""

    route_base = ""
    default_view = "back"
    everybodys = True

    @expose("/back")
    def back(self) -> Response:
        """Back to the page named, or home."""
        return redirect(landing(request.args.get("next")))


class LocaleView(BaseView):
    """The language of this browser, and of the account that is signed in."""

    route_base = "/lang"
    default_view = "index"
    everybodys = True

    @expose("/<string:locale>", methods=["POST"])
    def index(self, locale: str) -> Response:
        """Choose a language, then back to the page."""
        if locale not in self.appbuilder.bm.languages:
            abort(404)
        if current_user.is_authenticated:
            preferences.choose(int(current_user.id), language=locale)
        session["locale"] = locale
        i18n.ask_again()
        return redirect(landing(request.form.get("next")))


class EntityChoiceView(BaseView):
    """Which of one's entities the screens show."""

    route_base = "/entite"
    default_view = "choose"
    everybodys = True

    @expose("/", methods=["POST"])
    def choose(self) -> Response:
        """Show one entity, or all, then back to the page."""
        if not current_user.is_authenticated:
            return redirect(url_for("AuthDBView.login"))
        given = request.form.get("entity", "")
        number = int(given) if given.isdecimal() and len(given) < 19 else None
        if (given and number is None) or not viewing.choose(person_scope(), number):
            abort(404)
        return redirect(landing(request.form.get("next")))


class Builder(AppBuilder):
    """AppBuilder with our own landing and language pages."""

    def _add_admin_views(self) -> None:
        if self.indexview:
            self._indexview = self.add_view_no_menu(self.indexview)
        self.add_view_no_menu(UtilView)
        self.add_view_no_menu(EntityChoiceView)
        self.bm.locale_view = self.add_view_no_menu(LocaleView)
        self.sm.register_views()
        self.openapi_manager.register_views()
        self.menuapi_manager.register_views()

    def get_url_for_login_with(self, next_url: str | None = None) -> str:
        """The sign-in, and where to go after it: a page, of a form that on which it stood."""
        page = own_path(next_url) if request.method == "GET" else form_page()
        return url_for("AuthDBView.login", next=page)


def own(address: str, *, methods: Sequence[str] = ("GET",)) -> Callable[..., Any]:
    """A page of everybody who is signed in; strangers sign in first and come back to it."""

    def declare(page: Callable[..., Any]) -> Any:
        @functools.wraps(page)
        def asked(*args: Any, **kwargs: Any) -> Any:
            if current_user.is_authenticated:
                return page(*args, **kwargs)
            where = own_path(here()) if request.method == "GET" else form_page()
            return redirect(url_for("AuthDBView.login", next=where))

        return expose(address, methods=methods)(asked)

    return declare
