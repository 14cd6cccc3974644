"""The administrator's page of the seals: what is sealed, by which root; and a button to seal."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for

from base.basics.errors import DomainError
from base.basics.formats import near, number
from base.basics.i18n import _, _l, ngettext
from base.basics.rows import as_id
from base.basics.sessions import Session
from base.desk import tiles
from base.desk.tiles import Place, Reading
from base.face.views import Page
from base.face.views.routes import route
from base.rules.rights.actors import system_session
from base.upkeep.seals import reading, sealing

#: Seals on one page.
PAGE = 50


class SealView(Page):
    """Seals of the trail; their roots are noted elsewhere by who wants to hold us to them."""

    route_base = "/scelles"
    default_view = "list"
    rights_title = _l("Sceaux du journal")
    right_words = {"can_seal": _l("sceller")}

    @route("/")
    def list(self) -> Any:
        """The seals, newest first."""
        before = request.args.get("before", type=as_id)
        with system_session("seals on screen", readonly=True) as session:
            rows = reading.seals_page(session, before=before, limit=PAGE + 1)
            lines = [(seal, reading.is_genuine(session, seal)) for seal in rows[:PAGE]]
            return self.render(
                "ov/seals.html",
                title=_("Scellés"),
                head=reading.head(session),
                lines=lines,
                older=rows[PAGE - 1].number if len(rows) > PAGE else None,
            )

    @route("/sceller", "seal", methods=["POST"])
    def seal(self) -> Any:
        """Seal what is new."""
        try:
            made = sealing.seal_now("seals on screen")
        except DomainError as refusal:
            flash(str(refusal), "danger")
        else:
            if made is None:
                flash(_("Le journal est vide : rien à sceller."), "info")
            else:
                flash(_("Le journal est scellé (n° %(number)s).", number=made.number), "success")
        return redirect(url_for("SealView.list"))


def _tile(session: Session) -> Reading:
    """How far the trail is sealed."""
    with system_session("seals on screen", readonly=True) as everything:
        head = reading.head(everything)
    url = url_for("SealView.list")
    if head.at is None:
        return Reading(_("Le journal n’est pas encore scellé"), url=url, state="run")
    free = head.last_seq - head.size
    return Reading(
        _("Journal scellé %(when)s", when=near(head.at)),
        detail=ngettext(
            "%(n)s fait depuis, scellé au prochain quart d’heure",
            "%(n)s faits depuis, scellés au prochain quart d’heure",
            free,
            n=number(free),
        ),
        figure=_("n° %(n)s", n=head.number),
        url=url,
        state="ok",
    )


def register(appbuilder: Any) -> None:
    """Add the page to the administrator's menu, and the tile."""
    tiles.tile(
        "seals",
        _l("Scellés du journal"),
        _tile,
        Place.WATCH,
        endpoints=("SealView.list",),
        audiences=("admin",),
        icon="lock-check",
        order=30,
    )
    appbuilder.add_view(
        SealView, "Seals", label=_l("Scellés"), icon="lock-check", category="Security"
    )
