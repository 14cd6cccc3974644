"""Background work of the register: sheets of labels."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

from flask import current_app
from sqlalchemy import select

from base.basics import clock
from base.basics.errors import DomainError
from base.basics.i18n import _, _l, headed, ngettext
from base.basics.rows import in_lots
from base.basics.sessions import Session
from base.desk import own_settings
from base.engine.jobs import Context, job, periodic
from base.engine.search import KINDS, rebuild_inside
from base.rules.rights.actors import job_session
from base.store.history.trail import record_name
from base.store.models import Entity
from patrimoine import documents, services
from patrimoine.models import Asset
from patrimoine.queries import labels as label_queries
from patrimoine.queries.tags import CONTACT_DAYS
from patrimoine.search import REBUILD_INSIDE

#: Labels of one job.
MAX_LABELS = 20_000
#: How long a stranger's e-mail or telephone is kept after the report is closed.
CONTACTS_KEPT = own_settings.declare(
    own_settings.Declared(
        CONTACT_DAYS,
        _l("Signalements des habitants"),
        _l("Garder le contact d’une personne"),
        _l(
            "Après la clôture de son signalement ou de sa demande, son nom, son courriel et son "
            "téléphone sont effacés, aussi du journal et des messages."
        ),
        _l("jours"),
        default=61,
        low=1,
        high=365,
    )
)


class AddressNotPublic(DomainError):
    """The address in the codes would lead nowhere from a phone."""


def out_of_reach() -> str:
    """Why no phone could follow the codes, and what to do; empty when all could."""
    settings: Any = current_app.settings  # type: ignore[attr-defined]
    if not settings.is_loopback:
        return ""
    return _(
        "Les étiquettes mèneraient à %(u)s, que les téléphones n’atteignent pas : faites d’abord "
        "donner au serveur son adresse publique (OUVRAGE_BASE_URL), ou demandez l’impression "
        "quand même, pour un essai.",
        u=settings.base_url,
    )


def refuse_loopback(force: bool) -> None:
    """Refuse to print codes that no phone can follow.

    Raises:
        AddressNotPublic: the public address is this very machine.
    """
    if not force and (why := out_of_reach()):
        raise AddressNotPublic(why)


def issue_missing(session: Session, ids: Sequence[int]) -> None:
    """A tag for each asset that has none."""
    for chunk in in_lots(ids):
        services.issue_tags(
            session,
            session.scalars(select(Asset).where(Asset.id.in_(chunk))).all(),
            at=clock.now(),
        )
        session.expunge_all()


def draw(
    session: Session,
    out: BinaryIO,
    ids: Sequence[int],
    *,
    layout: str,
    start: int = 1,
    outline: bool = False,
    progress: Any = None,
) -> int:
    """Write the sheets of the assets; how many labels there are."""
    base_url = str(current_app.settings.base_url).rstrip("/")  # type: ignore[attr-defined]

    def rows() -> Iterator[documents.Label]:
        for row in label_queries.label_rows(session, ids):
            yield documents.Label(
                url=f"{base_url}/t/{row.token}",
                code=row.code,
                name=row.name,
                place=row.place,
                address=row.address,
                entity=row.entity,
                public=row.is_public,
                detail=" · ".join(headed(v.field.label, v.words) for v in row.details),
            )

    return documents.labels(
        out,
        rows(),
        layout=documents.layout_named(layout),
        start=start,
        outline=outline,
        progress=progress,
    )


@job(
    "patrimoine.labels",
    title=_l("Étiquettes"),
    max_attempts=3,
    steps=(_l("Codes"), _l("Mise en page")),
)
class PrintLabels:
    """Issue the tags that are missing, draw the sheets, keep the file."""

    def prepare(self, args: dict[str, Any], ctx: Context) -> Any:
        """The sheets, in the store. A second try finds the tags of the first."""
        from base.papers.files.store import current_store

        ids = args["ids"]
        ctx.step(_("Codes"))
        with job_session(ctx.scope, ctx.actor, ctx.door) as session:
            issue_missing(session, ids)
        ctx.step(_("Mise en page"))
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "etiquettes.pdf"
            with place.open("wb") as out, ctx.read() as session:
                count = draw(
                    session,
                    out,
                    ids,
                    layout=args["layout"],
                    start=args["start"],
                    outline=args["outline"],
                    progress=lambda done: ctx.progress(done, len(ids)),
                )
            with (
                place.open("rb") as stream,
                current_store().receive(stream, limit=1024**3) as incoming,
            ):
                stored = current_store().keep(
                    incoming, media_type="application/pdf", label="etiquettes.pdf"
                )
        return stored, count, ids

    def apply(self, session: Session, prepared: Any, ctx: Context) -> None:
        """The file, for whoever asked, and a note on each asset that it was printed."""
        from base.face.attached.documents import keep_alone

        stored, count, ids = prepared
        services.note_prints(session, ids)
        document = keep_alone(session, stored, entity_id=ctx.entity_id or ctx.scope[0])
        ctx.attach(document.id)
        ctx.log(ngettext("%(num)d étiquette", "%(num)d étiquettes", count))


@job(REBUILD_INSIDE, title=_l("Recherche : contenu des biens renommés ou déplacés"), system=True)
class FindInside:
    """Have the search find what stands in assets by the names that these have now."""

    def prepare(self, args: dict[str, Any], ctx: Context) -> int:
        """Write the entries, some thousands in a transaction."""
        kind = KINDS[record_name(Asset)]
        return rebuild_inside(kind, args["ids"], progress=ctx.progress)

    def apply(self, session: Session, count: int, ctx: Context) -> None:
        """Say how many there were."""
        ctx.log(ngettext("%(num)d bien", "%(num)d biens", count))


@periodic("41 3 * * *", title=_l("Contacts des signalements clos"))
def forget_contacts(session: Session, args: dict[str, Any], ctx: Context) -> None:
    """Erase the contacts of people some time after their report was closed, as promised."""
    count = 0
    for entity_id in session.scalars(select(Entity.id).order_by(Entity.id)).all():
        days = own_settings.value_of(session, CONTACTS_KEPT.key, entity_id)
        before = clock.now() - timedelta(days=days)
        count += services.forget_contacts(session, closed_before=before, entity_id=entity_id)
    ctx.log(ngettext("%(num)d contact effacé", "%(num)d contacts effacés", count))
