"""The home page: what waits for this person, from the tiles that modules offer."""

from __future__ import annotations

from typing import Any

from flask import redirect, url_for
from flask_appbuilder import IndexView
from flask_appbuilder.baseviews import expose
from flask_login import current_user

from base import actions
from base.database import db


class HomeView(IndexView):
    """The first page."""

    index_template = "ov/home.html"

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
        return self.render_template(self.index_template, tiles=tiles)
