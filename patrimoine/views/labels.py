"""Asking for labels: the sheet, its first free place, then a background job."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, make_response, request, url_for
from werkzeug.wrappers import Response

from base.basics.errors import DomainError
from base.basics.i18n import _, kept, ngettext
from base.basics.sessions import Session
from base.engine.jobs import enqueue
from base.face.views.acting import act_once
from base.store.database import db
from patrimoine import documents, jobs, services
from patrimoine.queries import labels as label_queries
from patrimoine.queries.assets import assets_by_ids


def print_form(view: Any, ids: list[int], *, fault: str = "", status: int = 200) -> Any:
    """The form: which sheet, from which place."""
    return (
        view.render_template(
            "patrimoine/labels.html",
            title=ngettext("Imprimer %(num)d étiquette", "Imprimer %(num)d étiquettes", len(ids)),
            ids=ids,
            layouts=documents.LAYOUTS.values(),
            assets=assets_by_ids(db.session(), ids[:8]),
            fault=fault,
            warning=jobs.out_of_reach(),
            form=request.form,
        ),
        status,
    )


def ask(view: Any) -> Any:
    """Enqueue the job and lead to its page."""
    numbers = request.form.getlist("id", type=int)[: jobs.MAX_LABELS]
    asked = [pk for pk in numbers if 0 < pk < 2**63]
    ids = label_queries.seen_ids(db.session(), asked)
    if len(ids) != len(set(asked)):
        abort(404)

    def work(session: Session) -> str:
        layout = documents.layout_named(request.form.get("layout", ""))
        start = request.form.get("start", 1, type=int)
        if not 1 <= start <= layout.per_sheet:
            raise DomainError(
                _("La première place va de 1 à %(n)d sur cette planche.", n=layout.per_sheet)
            )
        if not ids:
            raise DomainError(_("Cochez d’abord au moins un bien."))
        for asset in label_queries.archived_among(session, ids):
            services.require_in_use(asset)
        jobs.refuse_loopback(request.form.get("force") == "1")
        row = enqueue(
            session,
            jobs.PrintLabels,
            {
                "ids": ids,
                "layout": layout.name,
                "start": start,
                "outline": request.form.get("outline") == "1",
            },
            title=kept(lambda: ngettext("%(num)d étiquette", "%(num)d étiquettes", len(ids))),
        )
        flash(_("Les étiquettes se préparent ; vous pouvez quitter cette page."), "success")
        return url_for("JobView.show", pk=row.id, _anchor="ouvrir")

    def again(refusal: DomainError) -> Response:
        page, status = print_form(view, ids, fault=str(refusal), status=409)
        return make_response(page, status)

    return act_once(work, url_for("AssetView.list"), again)
