"""Where a browser may be sent: only to a path of our own."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from flask import abort, request, session, url_for
from flask_appbuilder import AppBuilder
from flask_appbuilder.baseviews import BaseView, expose
from flask_babel import refresh
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from base.desk.accounts import preferences
from base.rules.rights import viewing
from base.rules.rights.actors import person_scope


def safe_path(target: str | None) -> str | None:
    """The path, when it starts with a single ``/`` and holds nothing a browser would bend."""
    if not target or len(target) > 2000 or not target.startswith("/"):
        return None
    if target.startswith("//") or "\\" in target:
        return None
    if any(unicodedata.category(c)[0] == "C" for c in target):
        return None
    try:
        parts = urlsplit(target)
    except ValueError:
        return None
    return None if parts.scheme or parts.netloc else target


def own_path(target: str | None) -> str | None:
    """As ``safe_path``; an address of this very host is taken for its path."""
    if target and target.startswith(request.host_url):
        target = target[len(request.host_url) - 1 :]
    return safe_path(target)


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
        refresh()
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
        """The sign-in, and where to go after it."""
        return url_for("AuthDBView.login", next=own_path(next_url))


def own(address: str, *, methods: Sequence[str] = ("GET",)) -> Callable[..., Any]:
    """A page of everybody who is signed in; strangers sign in first and come back to it."""

    def declare(page: Callable[..., Any]) -> Any:
        @functools.wraps(page)
        def asked(*args: Any, **kwargs: Any) -> Any:
            if current_user.is_authenticated:
                return page(*args, **kwargs)
            where = here() if request.method == "GET" else None
            return redirect(url_for("AuthDBView.login", next=own_path(where)))

        return expose(address, methods=methods)(asked)

    return declare
