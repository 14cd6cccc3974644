"""Whose files these are: root becomes the account of the service before it writes anything.

Only the standard library: ``run.py`` asks before the environment exists.
"""

from __future__ import annotations

import os
import pwd
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from base.basics.errors import StartRefused
from config import ROOT, data_dir

#: What this Python cannot go on without.
LIBRARY = Path(os.__file__)

#: Done for the project and not for the service: a build machine does them as root.
OF_PROJECT = ("test", "lint")


@dataclass(frozen=True)
class Account:
    """An account of this machine, which may have no name."""

    uid: int
    gid: int
    name: str
    home: str


def _account(uid: int, place: Path) -> Account:
    try:
        found = pwd.getpwuid(uid)
    except KeyError:
        return Account(uid, os.stat(place).st_gid, f"#{uid}", str(ROOT))
    return Account(uid, found.pw_gid, found.pw_name, found.pw_dir)


def owner(environ: Mapping[str, str], root: Path = ROOT) -> Account | None:
    """Whose service this is: of the data directory, else of the program; None for root's own."""
    for place in (data_dir(environ), root):
        try:
            uid = os.stat(place).st_uid
        except FileNotFoundError:
            continue
        return _account(uid, place) if uid else None
    return None


def name() -> str:
    """What the account of this process is called."""
    return _account(os.geteuid(), ROOT).name


def become_owner(environ: Mapping[str, str], arguments: Sequence[str]) -> None:
    """As root: go on as the account of the service; as anybody else: nothing.

    Raises:
        StartRefused: this root may not become another account, or that account cannot read this
            Python, as one that was built in root's own folder.
    """
    if os.geteuid() or arguments[:1] and arguments[0] in OF_PROJECT:
        return
    account = owner(environ)
    if account is None:
        return
    try:
        if account.name.startswith("#"):
            os.setgroups([])
        else:
            os.initgroups(account.name, account.gid)
        os.setgid(account.gid)
        os.setuid(account.uid)
    except OSError as fault:
        command = shlex.join(["sudo", "-u", account.name, "python3", "run.py", *arguments])
        raise StartRefused(
            f"Ces données sont au compte « {account.name} » et root ne peut pas le prendre "
            f"({fault.strerror}) : lancez « {command} »."
        ) from fault
    if not os.access(LIBRARY, os.R_OK):
        raise StartRefused(
            f"Ces données sont au compte « {account.name} », qui ne peut pas lire ce Python "
            f"(« {LIBRARY.parent} ») : lancez la commande avec un Python ouvert à tous les "
            "comptes, par exemple /usr/bin/python3."
        )
    os.environ.update(HOME=account.home, USER=account.name, LOGNAME=account.name)
    for private in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"):
        os.environ.pop(private, None)
    if sys.stderr.isatty():
        sentence = f"Lancé par root, fait avec le compte « {account.name} » du service."
        print(f"run.py : {sentence}", file=sys.stderr, flush=True)
