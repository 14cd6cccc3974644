"""Periodic work of the module."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from base.basics import clock
from base.basics.errors import InvalidInput, TransitionRefused
from base.basics.i18n import _, _l, ngettext
from base.basics.sessions import Session
from base.desk.imports.kept_options import options_from
from base.engine.jobs import enqueue, job, periodic
from base.papers.files.store import current_store
from base.rules.verbs import Ask, Door, verb
from base.store.holding import held
from energie import queries
from energie.imports.attaching import Who
from energie.imports.readings import import_readings, name_of
from energie.models import BatchState, DeliveryPoint, ReadingBatch
from energie.services import readings

#: A file that is still being written after this long was cut.
CUT_AFTER = timedelta(hours=1)


@job("energie.attach_readings", title=_l("Relevés à rattacher"), max_attempts=4)
class AttachReadings:
    """Import a file that waited, for the delivery point that a person named."""

    def prepare(self, args: dict[str, Any], ctx: Any) -> dict[str, Any]:
        """Import it, in transactions of its own; a second run changes nothing."""

        def progress(share: float, words: str) -> None:
            ctx.progress(share * 100, text=words)

        with ctx.read() as session:
            point = session.get_one(DeliveryPoint, args["point_id"])
            who = Who(point.entity_id, session.scope, session.actor, "attach readings")
            reference = point.reference
            waiting = queries.batch_to_attach(session, args["digest"], entity_id=point.entity_id)
            told = options_from(waiting.options) if waiting and waiting.options else None
        outcome = import_readings(
            current_store().held(args["digest"]),
            label=args["label"],
            digest=args["digest"],
            who=who,
            reference=reference,
            options=told,
            progress=progress,
        )
        if outcome.rejected and not outcome.applied:
            sentence = ngettext(
                "Aucun relevé n’est écrit : %(num)d ligne est refusée. Ligne %(line)s : "
                "%(reason)s Corrigez le fichier et importez-le à nouveau, en disant son point.",
                "Aucun relevé n’est écrit : %(num)d lignes sont refusées. Ligne %(line)s : "
                "%(reason)s Corrigez le fichier et importez-le à nouveau, en disant son point.",
                outcome.rejected,
                line=outcome.rejects[0].line if outcome.rejects else "?",
                reason=outcome.rejects[0].reason if outcome.rejects else "",
            )
            raise InvalidInput(sentence)
        return {
            "created": outcome.created,
            "updated": outcome.updated,
            "unchanged": outcome.unchanged,
            "rejected": outcome.rejected,
        }

    def apply(self, session: Session, prepared: dict[str, Any], ctx: Any) -> None:
        """Say what it gave."""
        ctx.result.update(prepared)


@verb(
    ReadingBatch,
    _l("À quel point de livraison ?"),
    "link",
    name="attach",
    doors=Door.DESK,
    moves=[(BatchState.TO_ATTACH, BatchState.APPLIED)],
    asks={"point": Ask(_l("Point de livraison"), name="point_id", choices="InvoiceView.point")},
    button=_l("Importer pour ce point"),
    said=_l("L’import est demandé : son avancement est dans les traitements."),
)
def attach_readings(session: Session, batch: ReadingBatch, point: DeliveryPoint) -> Any:
    """Say which delivery point a waiting file is for; a job imports it.

    Raises:
        TransitionRefused: it does not wait for one.
    """
    if batch.state != BatchState.TO_ATTACH:
        raise TransitionRefused(_("Ce fichier n’attend pas de point de livraison."))
    return enqueue(
        session,
        AttachReadings,
        {"digest": batch.digest, "label": batch.label, "point_id": point.id},
        title=_("Relevés : %(f)s", f=batch.label),
        entity_id=batch.entity_id,
    )


@periodic("23 * * * *", title=_l("Imports de relevés interrompus"))
def take_back_cut_imports(session: Session, args: dict[str, Any], ctx: Any) -> None:
    """Take back files of readings whose import was cut in the middle; they may come again."""
    for batch in queries.cut_batches(session, before=clock.now() - CUT_AFTER):
        with held(name_of(batch.entity_id, batch.digest)) as is_mine:
            if is_mine:  # otherwise it is not cut, only long
                readings.undo_batch(session, batch)
