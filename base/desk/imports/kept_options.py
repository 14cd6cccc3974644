"""The choices of a person over a file, as the import's own row keeps them."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select

from base.basics.sessions import Session
from base.desk.imports.declaration import Importer
from base.desk.imports.rows import Options
from base.store.models.imports import ImportBatch, ImportState

#: What a person may say of the way a file is read.
_READ_AS = ("encoding", "delimiter", "sheet", "header_row", "decimal")


def options_text(options: Options) -> str:
    """The choices of a person, as the row keeps them."""
    mapping = dict(options.mapping) if options.mapping is not None else None
    kept: dict[str, Any] = {"mapping": mapping, "american": options.american}
    if options.answers:
        kept["answers"] = dict(options.answers)
    if options.constants:
        kept["constants"] = dict(options.constants)
    for name in _READ_AS:
        if value := getattr(options, name):
            kept[name] = value
    return json.dumps(kept, ensure_ascii=False)


def options_from(text: str) -> Options:
    """The choices that a row keeps."""
    kept = json.loads(text)
    return Options(
        kept.get("mapping"),
        bool(kept.get("american")),
        kept.get("answers") or {},
        kept.get("constants") or {},
        **{name: kept[name] for name in _READ_AS if name in kept},
    )


def remembered_options(session: Session, importer: Importer, entity_id: int, shape: str) -> Options:
    """How the last file of the same header was mapped, and what was answered then.

    Whether days had the month first is asked anew each time.
    """
    kept = session.scalars(
        select(ImportBatch.options)
        .where(
            ImportBatch.entity_id == entity_id,
            ImportBatch.kind == importer.kind,
            ImportBatch.shape == shape,
            ImportBatch.state.in_((ImportState.APPLIED, ImportState.TRIED)),
        )
        .order_by(ImportBatch.id.desc())
        .limit(1)
    ).first()
    found = options_from(kept) if kept else Options()
    asked_anew = {question.key for question in importer.questions if question.asked_anew}
    answers = {key: told for key, told in found.answers.items() if key not in asked_anew}
    return Options(
        found.mapping or None,
        answers=answers,
        constants=found.constants,
        decimal=found.decimal,
    )
