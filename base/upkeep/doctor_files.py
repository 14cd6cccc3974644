"""What the operator's examination asks of files: documents, numbers, keys, backups."""

from __future__ import annotations

import os
import random
import re
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection, Engine

import config
from base.application import App
from base.basics import clock, data_dir
from base.basics.formats import counted, duration, file_size, number
from base.checks import Finding
from base.papers.files import keys
from base.papers.files.store import STALE_SECONDS, Store
from base.store.database import Model
from base.store.models import Counter
from base.upkeep import in_use
from base.upkeep.backups import aside, dumps, switching
from base.upkeep.backups.making import STALE, last_backup, last_rehearsal

#: Documents read again when not all of them are.
SAMPLE = 200
#: Digests and numbers named in one sentence.
NAMED = 5
_SERIES = re.compile(r"([A-Z]+)-(\d{4})-(\d+)")


def _listed(names: list[str]) -> str:
    rest = len(names) - NAMED
    more = f" et {counted(rest, 'autre', 'autres')}" if rest > 0 else ""
    return ", ".join(names[:NAMED]) + more


def documents(app: App, engine: Engine, connection: Connection) -> Iterator[Finding]:
    """Every file that a row promises is there, and those read again have their digest.

    A sample is read, or all of them when the command says so.
    """
    store = Store(app.settings.data_dir / "documents")
    required = sorted(dumps.required_digests(connection))
    lost = [digest for digest in required if digest not in store]
    if lost:
        yield Finding("documents", "fault", f"Documents absents : {_listed(lost)}.")
    there = [digest for digest in required if digest in store]
    everything = bool(app.extensions.get("doctor_all")) or len(there) <= SAMPLE
    read = there if everything else random.sample(there, SAMPLE)  # noqa: S311 - no secret
    spoilt = [digest for digest in read if not store.is_intact(digest)]
    if spoilt:
        yield Finding("documents", "fault", f"Documents abîmés : {_listed(spoilt)}.")
    if not lost and not spoilt:
        how = "tous relus" if everything else f"{SAMPLE} relus, --all pour tous"
        words = number(len(there), 0, "fr")
        yield Finding("documents", "ok", f"Documents présents : {words} ({how}).")


def orphans(app: App, engine: Engine, connection: Connection) -> Iterator[Finding]:
    """No file is left that no row names; no temporary file is left from another day."""
    store = Store(app.settings.data_dir / "documents")
    named = dumps.named_digests(connection)
    late = time.time() - STALE_SECONDS
    alone, size = 0, 0
    for digest in store.digests():
        state = store.path(digest).stat()
        # A younger one may belong to somebody who is still sending a form.
        if digest not in named and state.st_mtime < late:
            alone, size = alone + 1, size + state.st_size
    if alone:
        words = counted(alone, "fichier que plus rien ne nomme", "fichiers que plus rien ne nomme")
        taken = file_size(size, "fr")
        yield Finding("orphans", "warning", f"{words} ({taken}) ; sans danger.")
    else:
        yield Finding("orphans", "ok", "Aucun fichier que rien ne nomme.")
    left = [path for path in (store.root / "tmp").glob("*") if path.stat().st_mtime < late]
    left += [path for path in app.settings.data_dir.glob("*.tmp") if path.stat().st_mtime < late]
    if left:
        words = counted(len(left), "fichier temporaire", "fichiers temporaires")
        yield Finding("temporary", "warning", f"{words} de plus d’un jour.")
    else:
        yield Finding("temporary", "ok", "Aucun fichier temporaire oublié.")


def numbers(app: App, engine: Engine, connection: Connection) -> Iterator[Finding]:
    """Each series of numbers has no gap, and ends where its counter stands."""
    there = set(dumps.table_names(connection))
    taken: dict[str, set[int]] = defaultdict(set)
    kinds = set()
    for table in Model.metadata.sorted_tables:
        for column in table.columns:
            series = column.info.get("series")
            if series is None or table.name not in there:
                continue
            kinds.add(series)
            for entity_id, taken_number in connection.execute(select(table.c.entity_id, column)):
                if (found := _SERIES.fullmatch(taken_number)) and found.group(1) == series:
                    taken[f"{series}/{entity_id}/{found.group(2)}"].add(int(found.group(3)))
    counter: Any = Counter.__table__
    told: dict[str, int] = {
        name: value for name, value in connection.execute(select(counter.c.series, counter.c.value))
    }
    wrong = []
    names = sorted({*taken, *(name for name in told if name.partition("/")[0] in kinds)})
    for name in names:
        value, found_numbers = told.get(name, 0), taken[name]
        gaps = sorted(set(range(1, value + 1)) - found_numbers)
        if gaps:
            wrong.append(f"{name} : il manque {_listed([str(n) for n in gaps])}")
        if (top := max(found_numbers, default=0)) > value:
            wrong.append(f"{name} : le compteur est à {value}, un document à {top}")
    if wrong:
        yield Finding("numbers", "fault", f"Numéros : {' ; '.join(wrong[:NAMED])}.")
    else:
        series = counted(len(names), "série", "séries")
        yield Finding("numbers", "ok", f"Numéros sans trou dans {series}.")


def key_files(app: App, engine: Engine, connection: Connection) -> Iterator[Finding]:
    """The keys are there, and for their owner alone."""
    open_to_others = []
    for name in keys.FILES:
        path = app.settings.data_dir / name
        if path.exists() and path.stat().st_mode & 0o077:
            open_to_others.append(name)
    if open_to_others:
        yield Finding(
            "keys",
            "fault",
            f"D’autres comptes de la machine peuvent lire {', '.join(open_to_others)} : "
            f"chmod 600 dans « {app.settings.data_dir} ».",
        )
    elif not os.access(app.settings.data_dir / keys.FILES[0], os.R_OK):
        yield Finding("keys", "fault", f"La clé {keys.FILES[0]} manque ou ne se lit pas.")
    else:
        yield Finding("keys", "ok", "Les clés sont là, pour leur propriétaire seul.")


def installation(app: App, engine: Engine, connection: Connection) -> Iterator[Finding]:
    """Which database this is, and whether others of the machine may read what lies beside it."""
    settings = app.settings
    yield Finding("database", "ok", f"Base : {in_use.words(settings, in_use.of(settings))}.")
    open_to_others = [path.name for path in data_dir.open_paths(settings.data_dir)]
    env, _named = config.settings_file(os.environ)
    if env.parent != settings.data_dir and env.exists() and env.stat().st_mode & 0o007:
        open_to_others.append(str(env))
    if open_to_others:
        yield Finding(
            "privacy",
            "warning",
            f"D’autres comptes de la machine ont accès à {_listed(open_to_others)} : "
            f"« chmod -R go= {settings.data_dir} ».",
        )
    else:
        yield Finding("privacy", "ok", "Le dossier des données est fermé aux autres comptes.")


def backups(app: App, engine: Engine, connection: Connection) -> Iterator[Finding]:
    """A backup was made this week, and no restore was left half way."""
    former = switching.read(app.settings)
    if former:
        yield Finding(
            "restore",
            "warning",
            f"Une restauration de « {former.get('archive')} » a été interrompue : rien n’a "
            "changé ; relancez-la.",
        )
    last = last_backup(connection)
    now = clock.now()
    if last.at is None:
        sentence = "Aucune sauvegarde n’a été faite : « python3 run.py backup FICHIER »."
    else:
        ago = duration(now - last.at, "fr")
        sentence = f"Dernière sauvegarde il y a {ago}."
    yield Finding("backup", "warning" if last.is_old(now) else "ok", sentence)


def rehearsals(app: App, engine: Engine, connection: Connection) -> Iterator[Finding]:
    """A restore was rehearsed not long ago and went well; nothing of one is left."""
    if aside.sweep(app.settings):
        yield Finding(
            "rehearsal_left", "ok", "Ce qu’une répétition interrompue avait laissé est retiré."
        )
    last = last_rehearsal(connection)
    if last is None:
        if last_backup(connection).at is not None:
            yield Finding(
                "rehearsal",
                "warning",
                "Aucune restauration n’a été répétée : « python3 run.py backup --rehearse ».",
            )
        return
    ago = clock.now() - last.at
    sentence = f"Dernière répétition d’une restauration il y a {duration(ago, 'fr')}"
    if not last.is_good:
        yield Finding("rehearsal", "fault", f"{sentence} ; elle a échoué : {last.fault}")
    else:
        yield Finding("rehearsal", "warning" if ago > STALE else "ok", f"{sentence}.")


CHECKS = (documents, orphans, numbers, installation, key_files, backups, rehearsals)
