"""What a scan opens: the asset for those who may see it, a public page for others."""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, redirect, request, session, url_for
from flask_appbuilder.baseviews import expose
from itsdangerous import BadSignature, SignatureExpired, TimestampSigner

from base.basics import clock, formats
from base.basics.errors import DomainError, InvalidInput
from base.basics.i18n import _
from base.engine.edge.address_limits import Limit
from base.face.views import Page
from base.rules.modules.actions import may, offers_for
from base.rules.rights.actors import job_session, system_session
from base.store.database import db
from patrimoine import domain, queries, services
from patrimoine.domain.kinds import ReportState
from patrimoine.queries import tags as tag_queries
from patrimoine.views.assets import asset_url

#: Pages that one address may open in a minute, and reports it may send in an hour.
PAGES = Limit(60, 60)
REPORTS = Limit(10, 3600)
#: A person needs longer than this to read and fill the form; a robot does not.
MIN_SECONDS = 3
MAX_SECONDS = 24 * 3600


def _address() -> str:
    return request.remote_addr or "?"


def _follow_url() -> str:
    """Where the report just sent is followed, when a module above follows reports."""
    follow = domain.read_token(request.args.get("suivi", ""))
    if follow is None or "FollowView.page" not in current_app.view_functions:
        return ""
    return url_for("FollowView.page", token=follow, _external=True)


def _signer() -> TimestampSigner:
    return TimestampSigner(str(current_app.secret_key), salt="tag-report")


class TagPageView(Page):
    """The page behind a code; the same 404 for unknown, revoked and malformed codes."""

    route_base = "/t"
    default_view = "page"
    everybodys = True

    @expose("/<token>", methods=["GET"])
    def page(self, token: str) -> Any:
        """The asset's page for its agents, the public page for everybody else."""
        if not PAGES.take(_address()):
            abort(429)
        person: Any = db.session()
        owner = queries.token_owner(person, domain.read_token(token))
        if owner is None:
            abort(404)
        if owner.entity_id in person.scope and may("AssetView.show"):
            return self._agent(person, owner, token)
        asset_id = owner.asset_id
        shown = queries.public_asset(person, owner) if asset_id is not None else None
        if shown is None or asset_id is None:
            abort(404)
        return self._public(token, shown, tag_queries.public_reports(person, asset_id))

    def _agent(self, person: Any, owner: tag_queries.TokenOwner, token: str) -> Any:
        if owner.asset_id is None:
            return self.render(
                "patrimoine/tag_blank.html",
                title=_("Étiquette vierge"),
                token=domain.read_token(token),
                shown=domain.show_token(domain.read_token(token) or ""),
                may_link=may("TagView.link"),
                choices_url=url_for("AssetView.choices", column="parent"),
            )
        asset = queries.asset_by_id(person, owner.asset_id)
        if asset is None:
            abort(404)
        return self.render(
            "patrimoine/tag_agent.html",
            title=asset.name,
            row=asset,
            state=domain.AssetStatus(asset.status),
            kind=str(domain.Kind(asset.kind).word),
            model=" ".join(w for w in (asset.brand, asset.model) if w),
            offers=offers_for(asset, on_tag=True),
            reports=queries.open_reports(person, asset.id),
            record_url=asset_url(asset),
        )

    def _public(
        self,
        token: str,
        shown: queries.PublicAsset,
        reports: list[tag_queries.PublicReport],
        *,
        fault: str = "",
        typed: dict[str, str] | None = None,
        status: int = 200,
    ) -> Any:
        html = self.render(
            "patrimoine/tag_public.html",
            title=shown.name if shown.may_report else shown.town,
            asset=shown,
            token=domain.read_token(token),
            reports=[
                {
                    "id": report.id,
                    "label": report.label or words_of(report),
                    "day": formats.day(clock.local(report.reported_at).date()),
                    "people": report.supporters + 1,
                    "mine": report.id in session.get("supported", []),
                }
                for report in reports
            ],
            stamp=_signer().sign("form").decode(),
            fault=fault,
            typed=typed or {},
            sent=request.args.get("merci") == "1",
            follow_url=_follow_url(),
        )
        return html, status

    @expose("/<token>/signaler", methods=["POST"])
    def report(self, token: str) -> Any:
        """A stranger's report; the row that a request is made of later."""
        typed = {
            "description": request.form.get("description", "")[:4000],
            "contact": request.form.get("contact", "")[:254],
        }
        read = domain.read_token(token)
        # The request's own session stays closed: the report is written by another one.
        with system_session("tag report: what the code leads to", readonly=True) as system:
            owner = queries.token_owner(system, read)
            asset_id = owner.asset_id if owner is not None else None
            shown = queries.public_asset(system, owner) if owner is not None and asset_id else None
            reports = tag_queries.public_reports(system, asset_id) if asset_id else []
        if owner is None or asset_id is None or shown is None or not shown.may_report:
            abort(404)
        if request.form.get("website"):
            # Only a robot fills a field that nobody sees; it is told what it wants to hear.
            return redirect(url_for("TagPageView.page", token=read, merci=1))
        try:
            _refuse_haste()
            if not REPORTS.take(_address()):
                raise InvalidInput(
                    _("Trop de signalements depuis cette connexion. Réessayez dans une heure.")
                )
            photo = _photo()
            with job_session((owner.entity_id,), "public", "tag report") as public:
                row = services.receive_report(
                    public,
                    asset_id=asset_id,
                    entity_id=owner.entity_id,
                    tag_id=owner.tag_id,
                    description=typed["description"],
                    contact=typed["contact"],
                    at=clock.now(),
                )
                follow = row.follow_token
                if photo is not None:
                    from base.face.attached.documents import attach

                    attach(public, row, photo)
        except DomainError as refusal:
            return self._public(
                token, shown, reports, fault=str(refusal), typed=typed, status=refusal.status
            )
        return redirect(url_for("TagPageView.page", token=read, merci=1, suivi=follow))

    @expose("/<token>/aussi/<int:number>", methods=["POST"])
    def support(self, token: str, number: int) -> Any:
        """One more person saw the same."""
        read = domain.read_token(token)
        with system_session("tag report: what the code leads to", readonly=True) as system:
            owner = queries.token_owner(system, read)
        if owner is None or owner.asset_id is None:
            abort(404)
        seen = list(session.get("supported", []))
        if number not in seen and REPORTS.take(_address()):
            with job_session((owner.entity_id,), "public", "tag support") as public:
                row = tag_queries.report_by_id(public, number, asset_id=owner.asset_id)
                if row is None:
                    abort(404)
                services.support_report(public, row)
            session["supported"] = [*seen, number][-50:]
        return redirect(url_for("TagPageView.page", token=read))


def words_of(report: tag_queries.PublicReport) -> str:
    """What strangers read of a report for which nobody has written public words."""
    if report.state == ReportState.ACCEPTED:
        return _("Problème pris en compte")
    return _("Signalement reçu, pas encore examiné")


def _refuse_haste() -> None:
    """Refuse a form that was filled faster than a person can, or long ago.

    Raises:
        InvalidInput: send it again.
    """
    again = InvalidInput(_("Relisez votre signalement, puis envoyez-le à nouveau."))
    try:
        _signer().unsign(request.form.get("stamp", ""), max_age=MAX_SECONDS)
    except (BadSignature, SignatureExpired):
        raise again from None
    made = _signer().unsign(request.form["stamp"], return_timestamp=True)[1]
    if (clock.now() - made).total_seconds() < MIN_SECONDS:
        raise again


def _photo() -> Any:
    """The photograph sent along, in the store; None without one.

    Raises:
        FileRefused: it is not a photograph, or is too large.
    """
    sent = request.files.get("photo")
    if sent is None or not sent.filename:
        return None
    from base.face.attached.file_kinds import IMAGES, accept_attachment
    from base.papers.files.store import current_store

    return accept_attachment(current_store(), sent.stream, sent.filename, kinds=IMAGES)
