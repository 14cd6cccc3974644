"""What a scan opens: the asset for those who may see it, a public page for others."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from flask import Flask, abort, current_app, redirect, request, session, url_for
from flask_appbuilder.baseviews import expose
from werkzeug.wrappers import Response

from base.basics import clock, formats
from base.basics.arguments import kept
from base.basics.errors import DomainError
from base.basics.i18n import _
from base.basics.sessions import Session
from base.engine.edge.addresses import caller
from base.engine.edge.answers import idempotent
from base.engine.edge.doors import SHOWN_AGAIN, error_page
from base.engine.edge.large_forms import fields_typed
from base.face.views import Page
from base.papers.files.static_files import keep_icons_inside
from base.papers.files.store import Stored
from base.rules.modules.actions import may, offers_for
from base.rules.rights.actors import job_session, system_session
from base.store.database import db
from patrimoine import domain, queries, services
from patrimoine.domain.kinds import MADE, ReportState
from patrimoine.jobs import CONTACTS_KEPT
from patrimoine.models import Asset, TagReport
from patrimoine.queries import tags as tag_queries
from patrimoine.views import strangers
from patrimoine.views.assets import asset_url

#: What a stranger types on the page, and how much of it is shown again.
TYPED = {"description": 4000, "contact": 254}


def _follow_url(token: str | None) -> str:
    """Where a report is followed, when a module above follows reports."""
    if token is None or "FollowView.page" not in current_app.view_functions:
        return ""
    return url_for("FollowView.page", token=token, _external=True)


def _own() -> list[str]:
    """The secrets of the reports that this browser has sent."""
    return list(session.get("reports", []))


def _make(asset: Asset) -> tuple[str, str] | None:
    """Maker and model under the name of what is known of them; None where there need be none."""
    if asset.brand and asset.model:
        return _("Marque et modèle"), f"{asset.brand} {asset.model}"
    if asset.brand:
        return _("Marque"), asset.brand
    if asset.model:
        return _("Modèle"), asset.model
    if domain.Kind(asset.kind) in MADE:
        return _("Marque et modèle"), _("à renseigner")
    return None


class Found(NamedTuple):
    """What a stranger's form is about."""

    token: str
    owner: tag_queries.TokenOwner
    asset_id: int
    shown: queries.PublicAsset
    reports: list[tag_queries.PublicReport]


class TagPageView(Page):
    """The page behind a code; the same 404 for unknown, revoked and malformed codes."""

    route_base = "/t"
    default_view = "page"
    everybodys = True

    @expose("/<token>", methods=["GET"])
    def page(self, token: str) -> Any:
        """The asset's page for its agents, the public page for everybody else."""
        if not strangers.PAGES.take(caller()):
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
        reports = tag_queries.public_reports(person, asset_id)
        sent = domain.read_token(request.args.get("suivi", ""))
        if sent in {report.follow_token for report in reports} - {None, *_own()}:
            # Whoever holds the link has written it: they are not asked whether they agree.
            session["reports"] = [*_own(), sent][-50:]
        return self._public(token, shown, reports, sent=sent)

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
        keep_icons_inside()
        return self.render(
            "patrimoine/tag_agent.html",
            light=True,
            title=asset.name,
            row=asset,
            state=domain.shown_state(asset.status, asset.archived_on),
            kind=str(domain.Kind(asset.kind).word),
            make=_make(asset),
            offers=offers_for(asset, on_tag=True),
            reports=queries.open_reports(person, asset.id) if may("TagReportView.show") else (),
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
        sent: str | None = None,
    ) -> Any:
        own = _own()
        keep_icons_inside()
        html = self.render(
            "patrimoine/tag_public.html",
            title=shown.name if shown.may_report else shown.town,
            asset=shown,
            code=domain.read_token(token),
            reports=[
                {
                    "id": report.id,
                    "label": report.label or words_of(report),
                    "day": formats.day(clock.local(report.reported_at).date()),
                    "people": report.supporters + 1,
                    "mine": report.id in session.get("supported", []),
                    "own": report.follow_token in own,
                    "follow_url": _follow_url(report.follow_token)
                    if report.follow_token in own
                    else "",
                }
                for report in reports
            ],
            stamp=strangers.signer().sign("form").decode(),
            fault=fault,
            typed=typed or {},
            sent=request.args.get("merci") == "1",
            follow_url=_follow_url(sent),
            contact_days=CONTACTS_KEPT.read(shown.contact_days),
            most_photos=strangers.MAX_PHOTOS,
            most_bytes=strangers.MAX_PHOTO_BYTES,
            too_heavy=strangers.too_heavy(),
        )
        return html, status

    @expose("/<token>/signaler", methods=["POST"])
    def report(self, token: str) -> Any:
        """A stranger's report; the row that a request is made of later."""
        at, found = clock.now(), _found(token)
        if found is None:
            abort(404)
        if request.form.get("website"):
            # Only a robot fills a field that nobody sees; it is told what it wants to hear.
            return redirect(url_for("TagPageView.page", token=found.token, merci=1))
        typed = {name: request.form.get(name, "")[:most] for name, most in TYPED.items()}
        try:
            strangers.refuse_haste()
            strangers.refuse_flood()
            services.words_of(typed["description"])
            with system_session("tag report: what is left of the shares", readonly=True) as system:
                photos = strangers.sent_photos(system, found.asset_id, at=at)
            with job_session((found.owner.entity_id,), "public", "tag report") as public:
                return idempotent(lambda: _received(public, found, typed, photos, at), public)
        except DomainError as refusal:
            return self._again(found, typed, refusal.status, str(refusal))

    def _again(self, found: Found, typed: dict[str, str], status: int, fault: str) -> Any:
        return self._public(
            found.token, found.shown, found.reports, fault=fault, typed=typed, status=status
        )

    def shown_again(self, status: int, sentence: str) -> Any:
        """The form with what was typed, when it was refused before ``report`` was asked."""
        found = _found((request.view_args or {}).get("token", ""))
        if found is None:
            return error_page(status, sentence)
        if status != 413:
            typed = {n: kept(request.form.get(n, ""))[:most] for n, most in TYPED.items()}
            if status == 400:
                sentence = _("Relisez votre signalement, puis envoyez-le à nouveau.")
        elif strangers.TRIES.take(caller()):
            typed = fields_typed(TYPED)
            sentence = strangers.too_heavy()
        else:
            return error_page(status, sentence)
        return self._again(found, typed, status, sentence)

    @expose("/<token>/aussi/<int:number>", methods=["POST"])
    def support(self, token: str, number: int) -> Any:
        """One more person saw the same."""
        found = _found(token)
        if found is None:
            abort(404)
        seen = list(session.get("supported", []))
        if number not in seen and strangers.TRIES.take(caller()):
            try:
                with job_session((found.owner.entity_id,), "public", "tag support") as public:
                    row = tag_queries.report_by_id(public, number, asset_id=found.asset_id)
                    if row is None:
                        abort(404)
                    if row.follow_token not in _own():
                        idempotent(lambda: _supported(public, found, row), public)
            except DomainError as refusal:
                return self._again(found, {}, refusal.status, str(refusal))
            session["supported"] = [*seen, number][-50:]
        return redirect(url_for("TagPageView.page", token=found.token))


def words_of(report: tag_queries.PublicReport) -> str:
    """What strangers read of a report for which nobody has written public words."""
    if report.state == ReportState.ACCEPTED:
        return _("Problème pris en compte")
    return _("Signalement reçu, pas encore examiné")


def _found(token: str) -> Found | None:
    """The asset that a form was sent for, when strangers may report it.

    The request's own session stays closed: what comes is written by another one.
    """
    read = domain.read_token(token)
    with system_session("tag report: what the code leads to", readonly=True) as system:
        owner = queries.token_owner(system, read)
        if read is None or owner is None or owner.asset_id is None:
            return None
        shown = queries.public_asset(system, owner)
        if shown is None or not shown.may_report:
            return None
        reports = tag_queries.public_reports(system, owner.asset_id)
        return Found(read, owner, owner.asset_id, shown, reports)


def _received(
    public: Session, found: Found, typed: dict[str, str], photos: list[Stored], at: datetime
) -> Response:
    from base.face.attached.documents import attach

    strangers.take_shares(public, found.asset_id, photos=len(photos), at=at)
    row = services.receive_report(
        public,
        asset_id=found.asset_id,
        entity_id=found.owner.entity_id,
        tag_id=found.owner.tag_id,
        description=typed["description"],
        contact=typed["contact"],
        at=at,
    )
    for photo in photos:
        attach(public, row, photo)
    page = url_for("TagPageView.page", token=found.token, merci=1, suivi=row.follow_token)
    return redirect(page)  # type: ignore[return-value]


def _supported(public: Session, found: Found, row: TagReport) -> Response:
    strangers.take_shares(public, found.asset_id, at=clock.now())
    services.support_report(public, row)
    return redirect(url_for("TagPageView.page", token=found.token))  # type: ignore[return-value]


def take_reports(app: Flask, view: TagPageView) -> None:
    """Let the form be as large as its photographs, and be shown again when it was refused."""

    @app.url_value_preprocessor
    def _room(endpoint: str | None, values: dict[str, Any] | None) -> None:
        # Before the CSRF check, which already reads the form.
        if endpoint == "TagPageView.report":
            request.max_content_length = strangers.MAX_FORM_BYTES

    SHOWN_AGAIN["TagPageView.report"] = view.shown_again
