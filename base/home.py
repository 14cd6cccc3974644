"""The first page, the search over everything, and the page that scans a tag."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from flask_appbuilder import IndexView
from flask_appbuilder.baseviews import expose
from flask_login import current_user

from base import actions, clock
from base.database import db
from base.i18n import _

#: Results of each source on the search page.
PER_SOURCE = 10


class HomeView(IndexView):
    """What waits for this person, from the tiles that modules offer."""

    index_template = "ov/home.html"

    @staticmethod
    def _stranger() -> Any:
        """Where to send somebody who is not signed in; None for the others."""
        if current_user.is_authenticated:
            return None
        return redirect(url_for("AuthDBView.login", next=request.full_path.rstrip("?")))

    @expose("/")
    def index(self) -> Any:
        """The home of a person; strangers are led to the sign-in."""
        if not current_user.is_authenticated:
            return redirect(url_for("AuthDBView.login"))
        session = db.session()
        tiles = []
        for tile in sorted(actions.registry().tiles, key=lambda t: t.order):
            if tile.endpoint and not actions.may(tile.endpoint):
                continue
            values = tile.function(session)
            if values is not None:
                tiles.append({"tile": tile, "values": values})
        return self.render_template(
            self.index_template, title=_("Accueil"), tiles=tiles, today=clock.today()
        )

    @expose("/recherche")
    def search(self) -> Any:
        """What every module finds for the words typed."""
        if (stranger := self._stranger()) is not None:
            return stranger
        words = request.args.get("q", "").strip()[:200]
        session = db.session()
        found = []
        if words:
            for source in actions.registry().searches:
                found.extend(source(session, words, PER_SOURCE))
        return self.render_template(
            "ov/search.html", title=_("Recherche"), words=words, results=found
        )

    @expose("/scanner")
    def scan(self) -> Any:
        """Read a tag with the camera, or type its code."""
        if (stranger := self._stranger()) is not None:
            return stranger
        code = request.args.get("code", "").strip()[:200]
        if code:
            token = code.rstrip("/").rsplit("/", 1)[-1].replace("-", "").replace(" ", "")
            return redirect(f"/t/{token}" if token.isascii() and token.isalnum() else "/scanner")
        return self.render_template("ov/scan.html", title=_("Scanner une étiquette"))
