"""Commands: one report, and the demonstration of the main job."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from base.basics.errors import DomainError, InvalidInput, NotFound, UsageError
from base.processes.cli import installed

#: Between two looks at a job that another worker has taken.
WAIT_SECONDS = 0.2


def register(subparsers: Any) -> None:
    """Add these commands."""
    parser = subparsers.add_parser(
        "report",
        help="faire un rapport",
        description="Fait un rapport du catalogue et l’écrit dans un fichier ; le nom du fichier "
        "finit par .pdf, .xlsx ou .csv. Rapports : cost (start, end, asset ; detail=1 pour "
        "l’annexe du PDF), traceability (asset).",
    )
    parser.add_argument("code", metavar="CODE")
    parser.add_argument("--out", metavar="FICHIER", type=Path, required=True)
    parser.add_argument(
        "--param", metavar="CLÉ=VALEUR", action="append", default=[], help="répétable"
    )
    parser.add_argument("--entity", metavar="CODE", help="l’entité, s’il y en a plusieurs")
    parser.set_defaults(run=report)

    parser = subparsers.add_parser(
        "evidence",
        help="écrire le dossier de preuve d’un bien",
        description="Scelle le journal et écrit le dossier de preuve d’un bien : son rapport de "
        "traçabilité, les faits du journal, les documents, les scellés et le vérificateur, qui ne "
        "demande que Python.",
    )
    parser.add_argument("asset", metavar="CODE", help="le code du bien")
    parser.add_argument("--out", metavar="FICHIER.zip", type=Path, required=True)
    parser.add_argument("--entity", metavar="CODE", help="l’entité, s’il y en a plusieurs")
    parser.set_defaults(run=evidence)

    parser = subparsers.add_parser(
        "demo",
        help="faire la démonstration",
        description="Déroule le travail principal sur une base vide : parcelles et biens, "
        "étiquettes, intervention par l’étiquette, courbe de charge, facture électronique, "
        "rapports. Recommencée, elle reprend à la première étape qui manque.",
    )
    parser.add_argument(
        "--data",
        metavar="DOSSIER",
        type=Path,
        help="prendre les fichiers réels de ce dossier, reconnus à leur contenu",
    )
    parser.add_argument(
        "--scale",
        choices=("full", "small"),
        default="full",
        help="taille de la commune générée : 12 000 habitants, ou une petite pour essayer",
    )
    parser.add_argument("--no-serve", action="store_true", help="ne pas démarrer ensuite")
    parser.set_defaults(run=demo)


def _for_entity(arguments: Namespace, work: Callable[[tuple[int, ...]], str]) -> int:
    """Do a command that writes ``--out`` for one entity, and print what ``work`` says; exit code.

    Raises:
        InvalidInput: the folder of the file does not exist.
    """
    from base.desk.imports.command import entity_id_of

    folder = arguments.out.absolute().parent
    if not folder.is_dir():
        raise InvalidInput(f"Le dossier « {folder} » n’existe pas.")
    with installed.whole().app_context():
        said = work((entity_id_of(arguments.entity),))
    print(f"{arguments.out} : {said}")
    return 0


def report(arguments: Namespace) -> int:
    """Make one report and write it to a file."""
    form = arguments.out.suffix.lstrip(".").lower()
    given = read_params(arguments.param)

    def work(scope: tuple[int, ...]) -> str:
        made = wait_for(ask(arguments.code, given, form, scope=scope))
        write(made["file_digest"], arguments.out)
        return f"rapport {made['number']}, {made['address']}"

    return _for_entity(arguments, work)


def evidence(arguments: Namespace) -> int:
    """Write the evidence file of one asset."""

    def work(scope: tuple[int, ...]) -> str:
        from base.basics.formats import counted
        from base.papers.files.store import current_store
        from base.rules.rights.actors import job_session
        from base.upkeep.seals.sealing import seal_now
        from reports.evidence import making
        from reports.models import ReportRun

        run_id = ask(making.CODE, {"asset": arguments.asset}, "pdf", scope=scope)
        made = wait_for(run_id)
        seal_now("evidence")
        with job_session(scope, "cli", "evidence", readonly=True) as session:
            run = session.get_one(ReportRun, run_id)
            stored, count = making.make(session, run, store=current_store())
        write(stored.digest, arguments.out)
        facts = counted(count, "fait du journal", "faits du journal")
        return f"{facts}, rapport {made['number']}"

    return _for_entity(arguments, work)


def demo(arguments: Namespace) -> int:
    """Do the main job in front of the user, then serve it."""
    from base.app import create_app
    from base.processes.serving import serve_anew
    from reports.demonstration import run as demonstration

    chosen = installed.chosen(makes=True)
    demonstration.prepare(chosen)
    app = create_app(chosen)
    with app.app_context():
        demonstration.run(arguments.data, arguments.scale)
    if arguments.no_serve:
        return 0
    return serve_anew()


def read_params(pairs: list[str]) -> dict[str, str]:
    """``["start=2026-01-01"]`` as a dict.

    Raises:
        UsageError: one of them has no sign "=".
    """
    read = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign:
            raise UsageError(f"--param {pair} : écrivez nom=valeur, par exemple asset=BAT-0001.")
        read[name.strip()] = value.strip()
    return read


def ask(code: str, given: dict[str, str], form: str, *, scope: tuple[int, ...]) -> int:
    """A run asked for by a command, in one transaction; its id.

    Raises:
        UsageError: no such report or format, or a parameter does not do.
    """
    from base.basics import clock
    from base.rules.rights.actors import job_session
    from reports import jobs, services

    with job_session(scope, "cli", f"report {code}") as session:
        try:
            run = services.ask(
                session,
                code=code,
                given=given,
                form=form,
                asked_by="ligne de commande",
                at=clock.now(),
                today=clock.today(),
            )
        except (InvalidInput, NotFound) as wrong:
            raise UsageError(str(wrong)) from wrong
        jobs.start(session, run)
        return run.id


def wait_for(
    run_id: int, *, alive: Callable[[], bool] = lambda: False, progress: Any = None
) -> dict[str, Any]:
    """What a run gave, once it is finished: made here, or by a worker that was faster.

    ``alive`` tells whether a worker is there, whose work it is then.

    Raises:
        DomainError: it failed; the sentence is that of its job.
    """
    from sqlalchemy import select

    from base.engine.jobs.poller import lend_a_hand
    from base.rules.rights import current
    from base.rules.rights.actors import system_session
    from base.store.database import db
    from base.store.models.jobs import FINAL_STATES
    from reports.domain import shown_code
    from reports.models import ReportRun

    while True:
        with system_session("report command", readonly=True) as session:
            run = session.scalars(select(ReportRun).where(ReportRun.id == run_id)).one()
            job = run.job
            if progress is not None and job is not None:
                progress(job.progress, job.progress_text)
            if run.finished_at is not None:
                code = shown_code(run.printed.verification_code)
                return {
                    "number": run.printed.number,
                    "file_digest": run.file_digest,
                    "content_digest": run.content_digest,
                    "address": f"{current.settings().base_url}/verifier/{code}",
                }
            if job is None or job.state in FINAL_STATES:
                fault = job.last_error if job is not None else None
                raise DomainError(fault or f"Le rapport {run.number} n’a pas été fait.")
            job_id = job.id
        lend_a_hand(db.engine, job_id, alive=alive())
        time.sleep(WAIT_SECONDS)


def write(digest: str, out: Path) -> None:
    """Copy a document from the store, whole or not at all."""
    from base.papers.files.store import current_store

    handle, name = tempfile.mkstemp(dir=out.absolute().parent, prefix=f".{out.name}-")
    try:
        with os.fdopen(handle, "wb") as target, current_store().open(digest) as source:
            shutil.copyfileobj(source, target)
        Path(name).chmod(0o644)
        Path(name).replace(out)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
