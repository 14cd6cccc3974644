"""The page where whoever asked reads what became of it; no account, one secret link."""

from __future__ import annotations

from flask import abort, request
from flask_appbuilder.baseviews import expose

from base import formats
from base.address_limits import Limit
from base.database import db
from base.i18n import _, _l
from base.views import Page
from interventions.queries.follow import Stage, followed
from patrimoine.domain import read_token

#: Pages that one address may open in a minute.
PAGES = Limit(60, 60)
STEPS = (
    (Stage.RECEIVED, _l("Reçu")),
    (Stage.ACCEPTED, _l("Pris en charge")),
    (Stage.UNDER_WAY, _l("En cours")),
    (Stage.DONE, _l("Terminé")),
)


class FollowView(Page):
    """Following one request; the same 404 for unknown and malformed links."""

    route_base = "/demandes"
    default_view = "page"

    @expose("/suivi/<token>", methods=["GET"])
    def page(self, token: str) -> str:
        """What became of it."""
        if not PAGES.take(request.remote_addr or "?"):
            abort(429)
        found = followed(db.session(), read_token(token))
        if found is None:
            abort(404)
        order = [stage for stage, _words in STEPS]
        now = order.index(found.stage) if found.stage in order else 0
        sentences = {
            Stage.RECEIVED: _("Votre demande est arrivée. Elle n’a pas encore été examinée."),
            Stage.ACCEPTED: _("Votre demande est prise en charge.")
            if found.planned_on is None
            else _("Votre demande est prise en charge ; le travail est prévu le %(day)s.",
                   day=formats.day(found.planned_on)),
            Stage.UNDER_WAY: _("Le travail est en cours."),
            Stage.DONE: _("C’est fait.")
            if found.done_at is None
            else _("C’est fait, le %(at)s.", at=formats.day(found.done_at.date())),
            Stage.REFUSED: _("Votre demande n’a pas été retenue."),
        }  # fmt: skip
        return self.render(
            "interventions/follow.html",
            title=_("Votre demande"),
            found=found,
            refused=found.stage is Stage.REFUSED,
            sentence=sentences[found.stage],
            steps=[(words, n < now, n == now) for n, (_s, words) in enumerate(STEPS)],
        )
