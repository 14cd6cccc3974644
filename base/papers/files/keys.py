"""The instance's keys: made once, kept in the data directory, mode 0600."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from pathlib import Path

from base.basics.errors import StartRefused

NAMES = ("SECRET_KEY", "JWT_SECRET_KEY")
#: Files of the data directory that hold secrets: what a backup "with secrets" takes along.
FILES = ("keys.json", "seal-key.pem")


def make_once(path: Path, content: str) -> None:
    """Write a secret file, mode 0600; of two who do so at once, one wins and both read its file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.stem}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        # A link, not a rename: what is there already is never replaced.
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()


def load(data_dir: Path, given: str | None = None) -> dict[str, str]:
    """The keys of this instance, made at the first start; ``given`` replaces the session's.

    Raises:
        StartRefused: the file is damaged, or a key is short or used twice.
    """
    path = data_dir / "keys.json"
    if not path.exists():
        make_once(path, json.dumps({name: secrets.token_urlsafe(48) for name in NAMES}))
    try:
        keys = dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as fault:
        raise StartRefused(f"Le fichier des clés {path} est illisible ({fault}).") from fault
    if given:
        # Several machines with the same key must agree on tokens too.
        keys["SECRET_KEY"] = given
        keys["JWT_SECRET_KEY"] = hmac.new(given.encode(), b"jwt", hashlib.sha256).hexdigest()
    for name in NAMES:
        if len(str(keys.get(name, "")).encode()) < 32:
            raise StartRefused(f"La clé {name} de {path} manque ou fait moins de 32 octets.")
    if keys["SECRET_KEY"] == keys["JWT_SECRET_KEY"]:
        raise StartRefused("Les deux clés de l’instance sont égales : elles doivent différer.")
    return {name: str(keys[name]) for name in NAMES}
