"""The page where whoever asked reads what became of it; no account, one secret link."""

from __future__ import annotations

from flask import abort, request
from flask_appbuilder.baseviews import expose

from base.basics import formats
from base.basics.i18n import _
from base.engine.edge.address_limits import Limit
from base.face.views import Page
from base.papers.files.static_files import keep_icons_inside
from base.store.database import db
from interventions.queries.follow import Followed, Stage, followed
from patrimoine.domain import read_token

#: Pages that one address may open in a minute.
PAGES = Limit(60, 60)


class FollowView(Page):
    """Following one request; the same 404 for unknown and malformed links."""

    route_base = "/demandes"
    default_view = "page"
    everybodys = True

    @expose("/suivi/<token>", methods=["GET"])
    def page(self, token: str) -> str:
        """What became of it."""
        if not PAGES.take(request.remote_addr or "?"):
            abort(429)
        found = followed(db.session(), read_token(token))
        if found is None:
            abort(404)
        order = [stage for stage in Stage if stage is not Stage.REFUSED]
        now = order.index(found.stage) if found.stage in order else 0
        # What was dealt with at once never went through the workshop.
        skipped = {Stage.UNDER_WAY} if found.stage is Stage.DONE and not found.number else set()
        keep_icons_inside()
        return self.render(
            "interventions/follow.html",
            title=_("Votre demande"),
            found=found,
            refused=found.stage is Stage.REFUSED,
            sentence=_sentence(found),
            steps=[
                (
                    stage.word,
                    "skipped" if stage in skipped else "done" if n < now else "",
                    n == now,
                )
                for n, stage in enumerate(order)
            ],
        )


def _sentence(found: Followed) -> str:
    """Where the request stands, said to whoever asked."""
    match found.stage:
        case Stage.RECEIVED:
            if found.looked_at:
                return _(
                    "Votre demande est enregistrée sous le n° %(number)s ; la suite est à décider.",
                    number=found.number,
                )
            return _("Votre demande est arrivée. Elle n’a pas encore été examinée.")
        case Stage.ACCEPTED:
            if found.planned_on is None:
                return _("Votre demande est acceptée.")
            planned = formats.day(found.planned_on)
            return _("Votre demande est acceptée ; le travail est prévu le %(day)s.", day=planned)
        case Stage.UNDER_WAY:
            return _("Le travail est en cours.")
        case Stage.DONE:
            if found.done_at is None:
                return _("C’est fait.")
            return _("C’est fait, le %(at)s.", at=formats.day(found.done_at.date()))
        case Stage.REFUSED:
            return _("Votre demande n’a pas été retenue.")
