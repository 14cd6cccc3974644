"""The commands of ``run.py``: arguments, exit codes, and one sentence for what goes wrong.

A module offers commands in ``<module>/commands.py`` with ``register(subparsers)``; each parser
sets ``run``, a function of the parsed arguments that returns the exit code.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from base.basics import account, env_file
from base.basics.errors import DomainError, StartRefused, UsageError
from base.basics.typography import spaced
from base.processes.cli import (
    backups,
    cases,
    developers,
    entities,
    evidence,
    imports,
    operations,
    people,
    processes,
)
from base.processes.cli.french import Parser
from config import SAID, VARIABLES, SettingError

#: What a person reads when a path that they gave does not do.
_FILE_FAULTS = {
    FileNotFoundError: "ce fichier ou ce dossier n’existe pas",
    PermissionError: "accès refusé",
    IsADirectoryError: "c’est un dossier, un fichier est attendu",
    NotADirectoryError: "un fichier tient la place d’un dossier",
}

#: Commands that work on the project and not on an installation.
OF_PROJECT = {"test", "lint", "migration", "i18n", "bench"}

#: Rooms of this package, each with ``register(subparsers)``.
ROOMS = (processes, entities, people, imports, evidence, operations, backups, cases, developers)


def parser(*, modules: bool = True) -> argparse.ArgumentParser:
    """The parser of all commands, with those of the modules."""
    made = Parser(
        prog="run.py",
        description="Ouvrage : le système avec lequel les collectivités gèrent ce qu’elles "
        "possèdent. Sans commande : met tout en place et démarre.",
        epilog=_variables(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "--env",
        metavar="FICHIER",
        help="lire les réglages de ce fichier ; par défaut ouvrage.env dans le dossier des données",
    )
    made.set_defaults(run=processes.serve)
    subparsers = made.add_subparsers(title="commandes", metavar="COMMANDE", parser_class=Parser)
    for room in ROOMS:
        room.register(subparsers)
    if modules:
        from base.rules.modules.loading import discover
        from base.rules.modules.loading import room as room_of

        for manifest in discover():
            found = room_of(manifest, "commands")
            if found is not None:
                found.register(subparsers)
    return made


def _variables() -> str:
    width = max(len(name) for name in SAID)
    lines = []
    for name in SAID:
        default, meaning = VARIABLES[name]
        lines.append(f"  {name:<{width}}  {meaning} (par défaut : {default})")
    return "variables d’environnement :\n" + "\n".join(lines)


def _light(arguments: list[str]) -> bool:
    """Whether the command is one of ours, so that the modules need not be asked."""
    return not arguments or arguments[0] in processes.NAMES


def main(arguments: list[str]) -> int:
    """Do one command as the process that was started for it; see ``run``.

    Files are for their owner alone, unless they are the project's.
    """
    if not OF_PROJECT & set(arguments[:1]):
        os.umask(0o077)
    return run(arguments, started=True)


def run(arguments: list[str], *, started: bool = False) -> int:
    """Do one command; the exit code: 0, 1 after one sentence on stderr, 2 on wrong usage.

    ``started``: for it alone, so that settings are read from their file and root's account left.
    """
    if unreadable := [word for word in arguments if not _is_text(word)]:
        fail(f"Cet argument n’est pas du texte UTF-8 : {unreadable[0]!r}.")
        return 2
    try:
        given, arguments = env_file.option(arguments)
        if started and not {"test", "lint", "-h", "--help"} & set(arguments):
            env_file.adopt(os.environ, given)
            account.become_owner(os.environ, arguments)
        if arguments[:1] == ["test"] and not {"-h", "--help"} & set(arguments):
            # Every other word is pytest's, in its order: argparse would sort them.
            return developers.run_tests(arguments[1:])
        parsed = parser(modules=not _light(arguments)).parse_args(arguments)
        code: Any = parsed.run(parsed)
        return int(code or 0)
    except SystemExit as end:
        return _exit_code(end)
    except UsageError as wrong:
        fail(str(wrong))
        return 2
    except (DomainError, StartRefused, SettingError) as refusal:
        return fail(str(refusal))
    except (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError) as fault:
        if fault.filename is None:
            raise
        whose = f" au compte « {account.name()} »" if isinstance(fault, PermissionError) else ""
        return fail(f"{os.fsdecode(fault.filename)} : {_FILE_FAULTS[type(fault)]}{whose}.")
    except _database_faults() as fault:
        from base.basics.trouble import trouble

        found = trouble(fault)
        if found is None:
            raise
        return fail(found[0])
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1


def _is_text(word: str) -> bool:
    """Whether a word of the command line is text, and not bytes of another encoding."""
    return not any(0xD800 <= ord(letter) <= 0xDFFF for letter in word)


def _database_faults() -> tuple[type[Any], ...]:
    """What a database in trouble raises; asked only when something was raised."""
    from psycopg import Error
    from sqlalchemy.exc import SQLAlchemyError

    return (SQLAlchemyError, Error)


def _exit_code(end: SystemExit) -> int:
    if end.code is None or isinstance(end.code, int):
        return int(end.code or 0)
    return fail(str(end.code))


def fail(sentence: str) -> int:
    """Say one sentence on stderr; the exit code of a failure."""
    print(spaced(f"run.py : {sentence}"), file=sys.stderr, flush=True)
    return 1
