"""What the module says on the first page: the last documents, and whether the newest holds."""

from __future__ import annotations

from flask import url_for

from base.basics import formats
from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.desk import tiles
from base.desk.tiles import Place, Reading
from base.papers.files.store import current_store
from base.papers.reporting import title_of
from reports import domain, proofs, queries


def _last(session: Session) -> Reading:
    runs = queries.last_finished(session, limit=3)
    said, state, check = "", "", ""
    if runs:
        first = runs[0].printed
        proof = proofs.find(session, first.verification_code, current_store())
        check = url_for("VerifyView.check", code=domain.shown_code(first.verification_code))
        if proof is not None and proof.sound:
            said, state = _("Le dernier est tel qu’il a été établi."), "ok"
        else:
            said, state = _("Le dernier ne se vérifie plus."), "late"
    return Reading(
        "",
        state=state,
        url=url_for("CatalogueView.list"),
        verb=_("Ouvrir le catalogue"),
        values={
            "said": said,
            "check": check,
            "lines": [
                (
                    run,
                    title_of(run.code),
                    formats.near(run.requested_at),
                    url_for("ReportRunView.show", pk=run.id),
                )
                for run in runs
            ],
        },
    )


def register() -> None:
    """Declare the tile."""
    tiles.tile(
        "reports-last",
        _l("Derniers rapports"),
        _last,
        Place.SIDE,
        order=30,
        slow=True,
        lines=3,
        audiences=("finance", "reader"),
        template="reports/last_tile.html",
        endpoints=("CatalogueView.list", "ReportRunView.show"),
    )
