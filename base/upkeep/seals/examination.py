"""The whole of ``verify``: triggers, trail and seals, documents, ledgers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import Connection

from base import checks
from base.basics.errors import StartRefused
from base.basics.formats import counted
from base.store.database import db, reading
from base.store.triggers import missing_triggers
from base.upkeep.schema.migrations import late_modules, refuse_newer
from base.upkeep.seals.anchors import Anchor
from base.upkeep.seals.files import documents
from base.upkeep.seals.findings import Fault, Findings
from base.upkeep.seals.rows import personal_values, rows
from base.upkeep.seals.verification import verify_trail

#: An examination notes what is wrong and gives one sentence of what it looked at.
Examination = Callable[[Any, Connection, Findings], str]


@dataclass
class Report:
    """What was looked at and what is wrong."""

    faults: dict[str, Fault]
    entries: int
    last_seq: int
    seals: int
    size: int
    root: str
    first_seq: int | None
    #: What was looked at, in words.
    sentences: list[str] = field(default_factory=list)


def triggers(app: Any, connection: Connection, findings: Findings) -> str:
    """The tables that are never changed have their triggers."""
    if lost := missing_triggers(connection):
        findings.add("triggers", f"Déclencheurs absents ou changés : {', '.join(lost)}.")
    return "Les déclencheurs qui interdisent de changer l’histoire ont été comparés."


#: What is examined beside the trail itself.
EXAMINATIONS: list[Examination] = [triggers, rows, personal_values]


def module_checks(app: Any, connection: Connection, findings: Findings) -> str:
    """Each module holds its ledgers against their sources, in its room ``doctor``."""
    for check in checks.module_checks(app):
        for finding in check(app, db.engine, connection):
            if finding.state == "fault":
                findings.add(finding.check, finding.sentence)
    return "Les écritures ont été tenues contre leurs pièces, et les pièces contre leurs écritures."


def examine(
    app: Any,
    *,
    anchors: Sequence[Anchor] = (),
    since: int = 0,
    trusted: Sequence[str] = (),
    whole: bool = True,
) -> Report:
    """Examine all evidence of the installation; needs an application context.

    ``whole=False`` leaves out what ``doctor`` looks at by itself: files and the modules' checks.

    Raises:
        StartRefused: the schema is not that of this version.
        InvalidInput: there is no seal with the number ``since``.
    """
    with reading(db.engine).connect() as connection:
        refuse_newer(connection, app.manifests)
        if late := late_modules(connection, app.manifests):
            raise StartRefused(f"Schéma en retard : {', '.join(late)} ; lancez migrate.")
        course = verify_trail(connection, anchors=anchors, since=since, trusted=trusted)
        findings = course.findings
        sentences = [
            f"Journal relu jusqu’au fait n° {course.last_seq}.",
            f"Dernier scellé : n° {course.seals}, repère {course.size}:{course.root}",
        ]
        if course.last_seq > course.size:
            rest = counted(
                course.last_seq - course.size,
                "fait récent n’est pas encore scellé",
                "faits récents ne sont pas encore scellés",
            )
            sentences.append(f"{rest}.")
        looks = [*EXAMINATIONS, *([documents, module_checks] if whole else [])]
        sentences += [look(app, connection, findings) for look in looks]
    return Report(
        faults=findings.faults,
        entries=course.entries,
        last_seq=course.last_seq,
        seals=course.seals,
        size=course.size,
        root=course.root,
        first_seq=findings.first_seq,
        sentences=sentences,
    )
