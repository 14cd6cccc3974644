"""The demonstration from the first step not done to the paths of its documents."""

from __future__ import annotations

import csv
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import select

from base.basics import clock
from base.basics.errors import DomainError, StartRefused
from base.basics.formats import euros
from base.face.attached import inbox
from base.rules.rights import current
from base.rules.rights.actors import system_session
from base.store.database import db
from base.store.models import Entity
from base.store.models.documents import Document
from base.store.models.jobs import FINAL_STATES, JobRun
from base.upkeep.seals.sealing import seal_now
from config import ROOT
from reports import commands, jobs, services
from reports.demonstration import attached, commune, expected, found, history, life, steps
from reports.demonstration.found import Inputs
from reports.demonstration.steps import Demo
from reports.models import ReportRun

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
#: Who asks for which report.
WHO = {"cost": commune.FINANCE, "traceability": commune.HEAD}


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
    from base.basics import data_dir
    from base.processes.supervisor import python

    data_dir.prepare(settings)
    done = subprocess.run(python("migrate"), check=False, cwd=ROOT, env=_environment(settings))
    if done.returncode:
        raise StartRefused("La base n’a pas pu être mise au schéma de cette version.")


def _environment(settings: Any) -> dict[str, str]:
    """For processes that work in another folder: where the data are, in full."""
    return {**os.environ, "OUVRAGE_DATA_DIR": str(settings.data_dir)}


def run(data: Path | None, scale: str = "full") -> None:
    """Do every step that is not done, and say where the documents are.

    Raises:
        DomainError: the database is somebody's, a file is missing, or the totals differ.
    """
    demo = _demo(data, scale)
    first: list[tuple[str, str, Callable[[Demo], None]]] = [
        ("register", "Parcelles, bâtiments, véhicules, équipements", steps.register)
    ]
    if demo.files is not None:
        first.insert(0, ("people", "Services, magasins et comptes", steps.settle))
        first.append(("years", "Trois années de demandes, de travaux et d’énergie", steps.years))
        first.append(("papers", "Photos et documents", attached.papers))
    with worker() as alive:
        todo = [
            *first,
            ("labels", "Étiquettes", lambda demo: _labels(demo, alive)),
            ("work", "Intervention par l’étiquette", steps.intervene),
            ("validated", "Validation par la responsable", steps.validate),
            ("measure", "Courbe de charge", steps.measure),
            ("invoice", "Facture électronique", steps.invoice),
        ]
        if demo.files is not None:
            todo.append(("life", "Échanges de la journée", life.day))
        for number, (step, title, act) in enumerate(todo, start=1):
            done = "  (déjà fait)" if step in demo.marks else ""
            say(f"{number}/{len(todo) + 1}  {title}{done}")
            if step not in demo.marks:
                act(demo)
        say(f"{len(todo) + 1}/{len(todo) + 1}  Rapports, en arrière-plan")
        seal_now(steps.DOOR)  # so that the traceability report stands under a seal
        made = _reports(demo, alive)
    _conclude(demo, made)
    _seal()


def _demo(data: Path | None, scale: str) -> Demo:
    folder = current.settings().data_dir / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    with system_session(steps.DOOR, readonly=True) as session:
        entity_id = session.scalars(select(Entity.id).order_by(Entity.id)).first()
    if entity_id is None:
        raise DomainError("La base n’a aucune collectivité.")
    inputs = found.look(data) if data is not None else Inputs()
    demo = Demo(entity_id, folder, inputs, say, marks=steps.marks(entity_id))
    if "rate" in (work := demo.marks.get("work", {})):
        demo.marks.setdefault("validated", work)  # one step, before people had their own
    if "begin" not in demo.marks:
        steps.require_empty()
        is_generated = data is None
        steps.begin(demo, commune.NAME if is_generated else None, scale if is_generated else None)
    if data is None:
        demo.files = _generated(demo)
        inputs.curves = [demo.files.path(demo.files.curve)]
        inputs.invoices = [demo.files.path(demo.files.bill)]
        demo.people = history.known()
    return demo


def _generated(demo: Demo) -> commune.Files:
    """The files of the commune that the first run chose, of its day and scale.

    Raises:
        DomainError: the first run was on real files.
    """
    scale = demo.marks["begin"]["scale"]
    if scale is None:
        raise DomainError(
            "Cette démonstration a été commencée sur de vrais fichiers : redonnez-les par --data."
        )
    ground = commune.Ground(commune.SCALES[scale], demo.today)
    return commune.write(demo.folder / "fichiers", ground)


# --- background work ------------------------------------------------------------------------


@contextmanager
def worker() -> Iterator[Any]:
    """A worker beside us for the time of the demonstration; gives whether it is alive."""
    from base.processes.supervisor import Child, Supervisor, python

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

    from base.engine.jobs.poller import lend_a_hand

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
        lend_a_hand(db.engine, job_id, alive=alive())
        time.sleep(commands.WAIT_SECONDS)


def _reports(demo: Demo, alive: Any) -> list[tuple[Path, dict[str, Any]]]:
    """The documents of both reports, asked for once and made in the background."""
    start, end = expected.period(demo)
    questions = {
        "cost": {"start": start.isoformat(), "end": end.isoformat()},
        "traceability": {"asset": demo.marks["work"]["asset"]},
    }
    asked = [
        (_ask(demo, code, questions[code], form, file), code, form, file)
        for code, form, file in DOCUMENTS
    ]
    made = []
    for run_id, code, form, file in asked:
        title = f"{WORDS[code]}, {form.upper()}"
        result = commands.wait_for(run_id, alive=alive, progress=_Progress(title))
        commands.write(result["file_digest"], demo.folder / file)
        _seen(demo, WHO[code], run_id)
        made.append((demo.folder / file, result))
    return made


def _seen(demo: Demo, who: str, run_id: int) -> None:
    """Whoever asked has the document: what the bell says of it is read."""
    user_id = demo.people.get(who)
    if user_id is None:
        return
    with demo.person(who) as session:
        told = inbox.unread_of(session, session.get_one(ReportRun, run_id), user_id)
        if told is not None:
            inbox.mark_read(session, user_id, told, at=clock.now())


def _ask(demo: Demo, code: str, given: dict[str, str], form: str, file: str) -> int:
    """The run of one document, asked for in the transaction that notes it."""
    step = f"report.{file}"
    if step not in demo.marks:
        with demo.person(WHO[code]) as session:
            run = services.ask(
                session,
                code=code,
                given=given,
                form=form,
                asked_by=demo.name(WHO[code]),
                at=clock.now(),
                today=demo.today,
            )
            jobs.start(session, run)
            demo.mark(session, step, {"run": run.id})
    return int(demo.marks[step]["run"])


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
    _addresses(demo)
    reported = _reported_total(demo.folder / "rapport-couts.csv")
    recounted = expected.total(demo)
    sentence = f"total du rapport = {euros(reported)}, total recalculé = {euros(recounted)}"
    if reported != recounted:
        raise TotalsDiffer(f"Les totaux diffèrent : {sentence}.")
    say("")
    say(f"{sentence} : total du rapport = total recalculé.")


def _seal() -> None:
    """Seal the trail and say what to note of it elsewhere."""
    seal = seal_now(steps.DOOR)
    if seal is not None:
        say(f"Journal scellé (n° {seal.number}), repère à noter : {seal.size}:{seal.root}")


def _addresses(demo: Demo) -> None:
    """What to open, whom to be, and what is wrong on purpose."""
    site = current.settings().base_url
    say("")
    say("À ouvrir :")
    say(f"   {site}/  (administrateur : hugo.delmas)" if demo.files else f"   {site}/")
    say(f"   {site}/t/{demo.marks['work']['token']}  l’étiquette scannée")
    if demo.files is not None:
        say("   comptes : " + ", ".join(account.username for account in commune.ACCOUNTS))
        say("")
        say("À voir, faux exprès :")
        for sentence in demo.files.oddities:
            say(f"   {sentence}")


def _reported_total(path: Path) -> Decimal:
    """The sum of the net amounts of every line of the report, as its CSV has them."""
    with path.open(encoding="utf-8-sig", newline="") as source:
        rows = csv.DictReader(source, delimiter=";")
        amounts = [Decimal(row["Net, €"].replace(",", ".")) for row in rows]
    return sum(amounts, Decimal("0.00"))
