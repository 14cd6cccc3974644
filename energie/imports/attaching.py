"""Which delivery point a file of readings is for: its own words, or a person's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from base.basics.errors import InvalidInput
from base.basics.i18n import _
from base.desk.imports import Options
from base.desk.imports.kept_options import options_text
from base.rules.rights.actors import job_session
from energie import queries
from energie.domain.blocks import Block, ParsedFile
from energie.domain.kinds import Basis, EnergyKind, Unit
from energie.models import BatchState, DeliveryPoint
from energie.services import readings


class PointUnknown(InvalidInput):
    """The file names a delivery point that the register does not have."""


@dataclass(frozen=True)
class Who:
    """In whose name, and for which authority, a file is imported."""

    entity_id: int
    scope: tuple[int, ...]
    actor: str
    door: str = "import readings"


def with_reference(options: Options, reference: str) -> Options:
    """The options with the point that is named beside them: they mean the same."""
    if not reference:
        return options
    return replace(options, answers={**options.answers, "reference": reference})


def give(parsed: ParsedFile, told: str) -> None:
    """Give the rows of a file to the point that a person names.

    Raises:
        PointUnknown: the file names several points itself.
    """
    names = {block.reference for block in parsed.blocks if block.reference}
    others = sorted(names - {told})
    if len(names) > 1:
        words = _(
            "Ce fichier parle de %(n)d points (%(names)s) : il ne peut pas aller tout entier "
            "au point %(told)s. Importez-le sans dire de point.",
            n=len(names),
            names=", ".join(sorted(names)[:5]),
            told=told,
        )
        raise PointUnknown(words)
    for block in parsed.blocks:
        block.reference = told
    if others:
        sentence = _(
            "Le fichier nomme le point %(name)s ; il est lu pour le point %(told)s, comme demandé.",
            name=others[0],
            told=told,
        )
        parsed.notes.append(sentence)


def name(parsed: ParsedFile, who: Who, reference: str) -> None:
    """Give the rows of the one point that the file does not name, or names in vain, to another.

    Raises:
        PointUnknown: they are of several points.
    """
    with job_session(who.scope, who.actor, who.door, readonly=True) as session:
        unknown = [b for b in parsed.blocks if point_of(session, b, who.entity_id) is None]
    names = list(dict.fromkeys(block.reference for block in unknown))
    if len(names) > 1:
        words = _(
            "Ce fichier parle de %(n)d points inconnus (%(names)s) : créez-les, puis reprenez "
            "le fichier. Il ne peut pas aller tout entier à un seul point.",
            n=len(names),
            names=", ".join(names[:5]),
        )
        raise PointUnknown(words)
    for block in unknown:
        block.reference = reference


def point_of(session: object, block: Block, entity_id: int) -> DeliveryPoint | None:
    """The point that a block is for, if the authority has it; its heating value is settled."""
    if not block.reference:
        return None
    point = queries.point_by_reference(
        session,  # type: ignore[arg-type]
        block.reference,
        entity_id=entity_id,
        energy_kind=block.energy_kind,
    )
    if point is not None and point.energy_kind == EnergyKind.ELECTRICITY:
        block.basis = None  # only fuels have a heating value
    if (
        point is not None
        and block.basis is None
        and point.energy_kind == EnergyKind.GAS
        and block.unit is Unit.KWH
    ):
        block.basis = Basis.PCS  # gas is metered and billed so
    return point


def require_points(
    parsed: ParsedFile,
    who: Who,
    *,
    label: str,
    digest: str,
    at: datetime,
    keep: bool,
    meaning: str,
    options: Options,
) -> None:
    """Refuse a file of which a point is unknown; with ``keep`` it is put in the list."""
    with job_session(who.scope, who.actor, who.door, readonly=not keep) as session:
        missing = [b for b in parsed.blocks if point_of(session, b, who.entity_id) is None]
        if not missing:
            return
        if keep:  # given again, the file waits as it was told last
            readings.open_batch(
                session,
                entity_id=who.entity_id,
                label=label,
                digest=digest,
                parsed=parsed,
                at=at,
                meaning=meaning,
                options=options_text(options),
                state=BatchState.TO_ATTACH,
            )
    names = ", ".join(filter(None, dict.fromkeys(block.reference for block in missing)))
    if not names:
        sentence = _(
            "Ce fichier ne dit pas de quel point de livraison il est : dites-le avec lui "
            "(reference=…), ou sur sa fiche, dans la liste « À rattacher »."
        )
        raise PointUnknown(sentence)
    if not keep:
        raise PointUnknown(
            _(
                "Point de livraison inconnu : %(names)s. Créez-le, puis essayez de nouveau.",
                names=names,
            )
        )
    words = _(
        "Point de livraison inconnu : %(names)s. Créez-le, puis reprenez ce fichier, qui "
        "attend dans la liste « À rattacher ».",
        names=names,
    )
    raise PointUnknown(words)


def leave_out_archived(parsed: ParsedFile, who: Who) -> None:
    """Refuse the rows of points on what is archived: nothing is booked there any more."""
    with job_session(who.scope, who.actor, who.door, readonly=True) as session:
        for block in list(parsed.blocks):
            point = point_of(session, block, who.entity_id)
            if point is None or point.asset.archived_on is None:
                continue
            parsed.blocks.remove(block)
            reason = _("« %(p)s » est archivé : restaurez-le d’abord.", p=point.asset.name)
            for at in range(len(block.stamps)):
                line = block.lines[at] if at < len(block.lines) else 0
                parsed.reject(line, block.reference, reason)
