"""The demonstration from the first step not done to the paths of its documents."""

from __future__ import annotations

import csv
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import select

from base import current
from base.errors import DomainError, StartRefused
from base.formats import euros
from base.models import Entity
from base.models.documents import Document
from base.models.jobs import FINAL_STATES, JobRun
from base.seals.sealing import seal_now
from base.sessions import system_session
from config import ROOT
from reports import commands
from reports.demonstration import commune, found, steps
from reports.demonstration.steps import Demo

#: (report, format, file) of what is left in the folder of the demonstration.
DOCUMENTS = (
    ("cost", "pdf", "rapport-couts.pdf"),
    ("cost", "xlsx", "rapport-couts.xlsx"),
    ("cost", "csv", "rapport-couts.csv"),
    ("traceability", "pdf", "tracabilite.pdf"),
    ("traceability", "xlsx", "tracabilite.xlsx"),
    ("traceability", "csv", "tracabilite.csv"),
)


WORDS = {"cost": "rapport de coûts", "traceability": "traçabilité"}


class TotalsDiffer(DomainError):
    """The report does not say what the inputs add up to."""


def say(sentence: str) -> None:
    """One line for the person at the terminal."""
    print(sentence, flush=True)


def prepare(settings: Any) -> None:
    """Bring the database to this version, in a process of its own.

    Raises:
        StartRefused: it could not; the process has said why.
    """
    from base.supervisor import prepare_data_dir, python

    prepare_data_dir(settings)
    done = subprocess.run(python("migrate"), check=False, cwd=ROOT, env=_environment(settings))
    if done.returncode:
        raise StartRefused("La base n’a pas pu être mise au schéma de cette version.")


def _environment(settings: Any) -> dict[str, str]:
    """For processes that work in another folder: where the data are, in full."""
    return {**os.environ, "OUVRAGE_DATA_DIR": str(settings.data_dir)}


def run(data: Path | None) -> None:
    """Do every step that is not done, and say where the documents are.

    Raises:
        DomainError: the database is somebody's, a file is missing, or the totals differ.
    """
    demo = _demo(data)
    if "begin" not in demo.marks:
        steps.require_empty()
        steps.begin(demo, commune.NAME if demo.generated else None)
    with worker() as alive:
        for step, title, act in (
            ("register", "1/6  Parcelles et biens", steps.register),
            ("labels", "2/6  Étiquettes", lambda demo: _labels(demo, alive)),
            ("work", "3/6  Intervention par l’étiquette", steps.intervene),
            ("measure", "4/6  Courbe de charge", steps.measure),
            ("invoice", "5/6  Facture électronique", steps.invoice),
        ):
            say(title + ("  (déjà fait)" if step in demo.marks else ""))
            if step not in demo.marks:
                act(demo)
        say("6/6  Rapports, en arrière-plan")
        made = _reports(demo, alive)
    _conclude(demo, made)
    _seal()


def _demo(data: Path | None) -> Demo:
    folder = current.settings().data_dir / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    with system_session(steps.DOOR, readonly=True) as session:
        entity_id = session.scalars(select(Entity.id).order_by(Entity.id)).first()
    if entity_id is None:
        raise DomainError("La base n’a aucune collectivité.")
    source = data
    if source is None:
        source = folder / "fichiers"
        commune.write(source)
    inputs = found.look(source)
    if data is None:
        inputs.invoices = [source / "facture-electricite.xml"]
    return Demo(
        entity_id=entity_id,
        folder=folder,
        inputs=inputs,
        generated=data is None,
        say=say,
        marks=steps.marks(entity_id),
    )


# --- background work ------------------------------------------------------------------------


@contextmanager
def worker() -> Iterator[Any]:
    """A worker beside us for the time of the demonstration; gives whether it is alive."""
    from base.supervisor import Child, Supervisor, python

    child = Child("traitement", python("worker"))
    supervisor = Supervisor([child], env=_environment(current.settings()))
    supervisor.start(child)
    try:
        yield lambda: child.alive
    finally:
        supervisor.stop()


class _Progress:
    """Says a job's progress when it changes by a fifth."""

    def __init__(self, title: str) -> None:
        self._title, self._last = title, -1

    def __call__(self, percent: int, text: str) -> None:
        if percent // 20 != self._last:
            self._last = percent // 20
            say(f"   {self._title} : {percent} %  {text}".rstrip())


def _labels(demo: Demo, alive: Any) -> None:
    """One sheet, made in the background."""
    document = _document_of(steps.print_labels(demo), "étiquettes", alive)
    out = demo.folder / "etiquettes.pdf"
    commands.write(document, out)
    with demo.session() as session:
        demo.mark(session, "labels", {"file": str(out)})
    say(f"   {out}")


def _document_of(job_id: int, title: str, alive: Any) -> str:
    """The digest of the file that a job makes, once it is done."""
    import json
    import time

    from base.jobs import run as do_job

    progress = _Progress(title)
    while True:
        with system_session(steps.DOOR, readonly=True) as session:
            job = session.scalars(select(JobRun).where(JobRun.id == job_id)).one()
            progress(job.progress, job.progress_text)
            if job.state in FINAL_STATES:
                ids = json.loads(job.result).get("document_ids", [])
                if not ids:
                    raise DomainError(job.last_error or f"Le traitement « {title} » a échoué.")
                return str(session.scalar(select(Document.digest).where(Document.id == ids[0])))
        if not alive():
            do_job(job_id)
        time.sleep(commands.WAIT_SECONDS)


def _reports(demo: Demo, alive: Any) -> list[tuple[Path, dict[str, Any]]]:
    """The documents of both reports, made in the background."""
    start, end = steps.period(demo)
    questions = {
        "cost": {"start": start.isoformat(), "end": end.isoformat()},
        "traceability": {"asset": demo.marks["work"]["asset"]},
    }
    asked = []
    for code, form, file in DOCUMENTS:
        run_id = commands.ask(code, questions[code], form, scope=demo.scope)
        asked.append((run_id, f"{WORDS[code]}, {form.upper()}", file))
    made = []
    for run_id, title, file in asked:
        result = commands.wait_for(run_id, here=not alive(), progress=_Progress(title))
        commands.write(result["file_digest"], demo.folder / file)
        made.append((demo.folder / file, result))
    return made


# --- the end --------------------------------------------------------------------------------


def _conclude(demo: Demo, made: list[tuple[Path, dict[str, Any]]]) -> None:
    """Say where everything is, and whether the report adds up.

    Raises:
        TotalsDiffer: it does not.
    """
    say("")
    say("Documents :")
    say(f"   {demo.marks['labels']['file']}")
    for path, result in made:
        say(f"   {path}  ({result['number']}, {result['address']})")
    reported = _reported_total(demo.folder / "rapport-couts.csv")
    expected = steps.expected_total(demo)
    sentence = f"total du rapport = {euros(reported)}, total recalculé = {euros(expected)}"
    if reported != expected:
        raise TotalsDiffer(f"Les totaux diffèrent : {sentence}.")
    say("")
    say(f"{sentence} : total du rapport = total recalculé.")


def _seal() -> None:
    """Seal the trail and say what to note of it elsewhere."""
    seal = seal_now(steps.DOOR)
    if seal is not None:
        say(f"Journal scellé (n° {seal.number}), repère à noter : {seal.size}:{seal.root}")


def _reported_total(path: Path) -> Decimal:
    """The sum of the net amounts of every line of the report, as its CSV has them."""
    with path.open(encoding="utf-8-sig", newline="") as source:
        rows = csv.DictReader(source, delimiter=";")
        amounts = [Decimal(row["Net, €"].replace(",", ".")) for row in rows]
    return sum(amounts, Decimal("0.00"))
