"""What an operator asks of an installation: each check a line, with a sentence when it fails."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import func, select, text
from sqlalchemy.engine import Connection, Engine

from base.application import App
from base.basics import clock
from base.basics.formats import counted, duration, file_size, number
from base.checks import Check, Finding, module_checks
from base.engine import redis_server
from base.engine.jobs.execution import T as JOBS
from base.engine.jobs.execution import instant
from base.engine.jobs.presence import alive
from base.engine.search import building
from base.store.database import db, reading
from base.store.models import Counter, Event
from base.store.models.jobs import JobState
from base.upkeep import doctor_files, doctor_links, in_use, metrics, references
from base.upkeep.schema.migrations import late_modules, newer_modules, newer_sentence

#: Clocks further apart than this confuse leases and sign-in codes.
CLOCK_SECONDS = 5.0
#: A job that waits longer than this while workers run is stuck.
STUCK_MINUTES = 15
WAL_BYTES = 64 * 1024 * 1024


def examine(app: App, *, everything: bool = False) -> list[Finding]:
    """All checks, in order; with ``everything`` each document is read again, not a sample."""
    app.extensions["doctor_all"] = everything
    with app.app_context():
        engine = db.engine
        with reading(engine).connect() as connection:
            asked = checks(app)
            if late_modules(connection, app.manifests):
                # The others ask for tables and columns that are not there yet, or no longer.
                asked = [schema, integrity, redis, disk]
            return run(asked, app, engine, connection)


def numbers(app: App) -> dict[str, float]:
    """What can be counted of the installation (``metrics.FIGURES``); nothing of a late schema."""
    with app.app_context(), db.engine.connect().execution_options(readonly=True) as connection:
        if late_modules(connection, app.manifests):
            return {}
        return metrics.figures(connection, app.settings)


def run(asked: Iterable[Check], app: App, engine: Engine, connection: Connection) -> list[Finding]:
    """Some checks, in order."""
    return [finding for check in asked for finding in check(app, engine, connection)]


def checks(app: App) -> list[Check]:
    """The framework's checks, then those that each module declares in its room ``doctor``."""
    return [*CHECKS, *doctor_files.CHECKS, *doctor_links.CHECKS, *module_checks(app)]


def schema(app: App, engine: Engine, connection: Connection) -> Iterator[Finding]:
    """The schema is that of this version."""
    if newer := newer_modules(connection, app.manifests):
        yield Finding("schema", "fault", newer_sentence(newer))
        return
    if late := late_modules(connection, app.manifests):
        yield Finding("schema", "fault", f"Schéma en retard : {', '.join(late)} ; lancez migrate.")
        return
    yield Finding("schema", "ok", "Le schéma est celui de cette version.")


def integrity(app: App, engine: Engine, connection: Connection) -> Iterator[Finding]:
    """The file of SQLite is sound and no reference dangles."""
    if engine.dialect.name != "sqlite":
        size = connection.execute(text("select pg_database_size(current_database())")).scalar_one()
        yield Finding("integrity", "ok", f"PostgreSQL répond ; base de {file_size(size, 'fr')}.")
        lost = references.broken(connection)
        yield _links(sum(lost.values()), sorted(lost))
        return
    answer = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
    if answer == ["ok"]:
        yield Finding("integrity", "ok", "Le fichier de la base est intègre.")
    else:
        yield Finding("integrity", "fault", f"Fichier de la base abîmé : {answer[0]}")
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    yield _links(len(broken), sorted({str(row[0]) for row in broken}))


def _links(broken: int, where: list[str]) -> Finding:
    """What is said of the references between tables."""
    if broken:
        lost = counted(broken, "lien rompu", "liens rompus")
        return Finding("foreign_keys", "fault", f"{lost} dans : {', '.join(where)}.")
    return Finding("foreign_keys", "ok", "Tous les liens entre tables mènent à une ligne.")


def jobs(app: App, engine: Engine, connection: Connection) -> Iterator[Finding]:
    """No job is dead or stuck, and somebody works."""
    now = instant(connection)
    count = select(func.count()).select_from(JOBS)
    dead = connection.execute(
        count.where(JOBS.c.state == JobState.DEAD, JOBS.c.closed_reason.is_(None))
    ).scalar_one()
    late = now - timedelta(minutes=STUCK_MINUTES)
    stuck = connection.execute(
        count.where(JOBS.c.state == JobState.QUEUED, JOBS.c.run_at < late)
    ).scalar_one()
    left = connection.execute(
        count.where(JOBS.c.state == JobState.RUNNING, JOBS.c.lease_until < late)
    ).scalar_one()
    if dead:
        words = counted(
            dead,
            "traitement en échec attend une suite.",
            "traitements en échec attendent une suite.",
        )
        yield Finding("jobs_dead", "warning", words)
    else:
        yield Finding("jobs_dead", "ok", "Aucun traitement en échec.")
    if stuck or left:
        words = " et ".join(
            counted(count, one, many)
            for count, one, many in (
                (stuck, "traitement attend", "traitements attendent"),
                (left, "traitement est abandonné", "traitements sont abandonnés"),
            )
            if count
        )
        yield Finding("jobs_stuck", "fault", f"{words} depuis plus de {STUCK_MINUTES} minutes.")
    else:
        yield Finding("jobs_stuck", "ok", "Aucun traitement bloqué.")
    workers, schedulers = alive(connection, "worker"), alive(connection, "scheduler")
    yield Finding(
        "processes",
        "ok" if workers and schedulers else "warning",
        f"Processus de traitement : {workers} ; planificateurs : {schedulers}.",
    )


def redis(app: App, engine: Engine, connection: Connection) -> Iterator[Finding]:
    """Which Redis, and whether it answers."""
    kind = redis_server.kind(app.settings)
    url = redis_server.address(app.settings)
    if redis_server.answers(url):
        yield Finding("redis", "ok", f"Redis {kind} : il répond.")
    elif url is None and app.settings.redis_url is None:
        yield Finding("redis", "ok", f"Redis {kind}.")
    else:
        yield Finding("redis", "warning", f"Redis {kind} : il ne répond pas.")


def disk(app: App, engine: Engine, connection: Connection) -> Iterator[Finding]:
    """There is room, and the write-ahead log is not growing."""
    usage = shutil.disk_usage(app.settings.data_dir)
    floor = max(500 * 10**6, min(usage.total // 20, 5 * 10**9))
    state = "ok" if usage.free > floor else "fault"
    free, total = file_size(usage.free, "fr"), file_size(usage.total, "fr")
    yield Finding("disk", state, f"Place libre sur le disque : {free} sur {total}.")
    file = in_use.sqlite_file(app.settings)
    log = file.with_name(file.name + "-wal") if file is not None else None
    if log is not None and log.exists() and log.stat().st_size > WAL_BYTES:
        size = file_size(log.stat().st_size, "fr")
        yield Finding("wal", "warning", f"Le journal de SQLite pèse {size}.")


def clocks(app: App, engine: Engine, connection: Connection) -> Iterator[Finding]:
    """Our clock agrees with the database's, and does not lie before the last event."""
    before = time.time()
    gap = abs((instant(connection) - clock.now()).total_seconds())
    if gap > CLOCK_SECONDS:
        apart = duration(gap, "fr")
        yield Finding("clock", "fault", f"L’horloge et celle de la base diffèrent de {apart}.")
        return

    last = connection.execute(select(func.max(Event.__table__.c.at))).scalar_one()
    if last is not None and last.timestamp() > before + 60:
        yield Finding("clock", "fault", "L’horloge retarde : le journal a des faits à venir.")
        return
    yield Finding("clock", "ok", "L’horloge est juste pour la base et le journal.")


def trail(app: App, engine: Engine, connection: Connection) -> Iterator[Finding]:
    """The trail's numbers have no gap and end where the counter says: what a restore asks."""
    event: Any = Event.__table__
    count, low, high = connection.execute(
        select(func.count(), func.min(event.c.seq), func.max(event.c.seq))
    ).one()
    counter: Any = Counter.__table__
    last = connection.execute(
        select(counter.c.value).where(counter.c.series == "trail")
    ).scalar_one_or_none()
    if count != (high or 0) or (count and low != 1) or (last or 0) != (high or 0):
        yield Finding(
            "trail",
            "fault",
            f"Journal : {counted(count, 'fait', 'faits')}, numéros de {low} à {high}, "
            f"compteur à {last or 0}.",
        )
    else:
        yield Finding("trail", "ok", f"Journal continu : {counted(count, 'fait', 'faits')}.")


def evidence(app: App, engine: Engine, connection: Connection) -> Iterator[Finding]:
    """What ``verify`` examines beside the modules' own checks, which come after this one."""
    from base.upkeep.seals import examination

    report = examination.examine(app, whole=False)
    for fault in report.faults.values():
        yield Finding(fault.kind, "fault", fault.sentence)
    if "triggers" not in report.faults:
        yield Finding("triggers", "ok", "Les déclencheurs sont en place.")
    if not set(report.faults) - {"triggers"}:
        yield Finding(
            "trail",
            "ok",
            f"Journal intact : {counted(report.entries, 'fait', 'faits')} ; "
            f"{counted(report.seals, 'scellé en couvre', 'scellés en couvrent')} "
            f"{number(report.size, 0, 'fr')}.",
        )


def searched(app: App, engine: Engine, connection: Connection) -> Iterator[Finding]:
    """Every record that can be searched has its entry in the index."""
    wrong = [
        f"{record} ({entries} sur {rows})"
        for record, (rows, entries) in building.counts(connection).items()
        if rows != entries
    ]
    if wrong:
        yield Finding(
            "search",
            "fault",
            f"Index de recherche incomplet : {', '.join(wrong)} ; lancez "
            "« python3 run.py search rebuild ».",
        )
    else:
        yield Finding("search", "ok", "Index de recherche complet.")


#: A module declares its own as ``CHECKS`` in its room ``doctor``.
CHECKS: list[Check] = [schema, integrity, jobs, redis, disk, clocks, evidence, searched]
#: Checks that cost the same however large the installation is.
LIGHT: tuple[Check, ...] = (
    schema,
    jobs,
    redis,
    disk,
    doctor_files.key_files,
    doctor_files.backups,
    doctor_files.rehearsals,
)


def light_findings() -> list[Finding]:
    """What the cheap checks of the installation say, the worst first."""
    app: Any = current_app._get_current_object()  # type: ignore[attr-defined]
    rank = {"fault": 0, "warning": 1, "ok": 2}
    with reading(db.engine).connect() as connection:
        found = run(LIGHT, app, db.engine, connection)
    return sorted(found, key=lambda finding: rank[finding.state])
