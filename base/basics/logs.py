"""Logs: JSON lines in the data directory, warnings in plain words on stderr."""

from __future__ import annotations

import json
import logging
import logging.handlers
from datetime import UTC, datetime
from typing import Any

from base.basics.errors import StartRefused
from config import Settings


class JsonLines(logging.Formatter):
    """One JSON object a line; never a password, token or content of a file."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self.role = role

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "role": self.role,
            "pid": record.process,
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def configure(settings: Settings, role: str) -> None:
    """Write the logs of this process to ``logs/<role>.log`` and its warnings to stderr.

    Raises:
        StartRefused: the folder cannot be written.
    """
    folder = settings.data_dir / "logs"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = logging.handlers.WatchedFileHandler(
            folder / f"{role}.log", encoding="utf-8", delay=False
        )
    except OSError as fault:
        raise StartRefused(
            f"Le dossier des données « {settings.data_dir} » n’est pas accessible en écriture "
            f"({fault.strerror}) : corrigez ses droits ou OUVRAGE_DATA_DIR."
        ) from fault
    file.setFormatter(JsonLines(role))
    shown = logging.StreamHandler()
    shown.setLevel(logging.WARNING)
    shown.setFormatter(logging.Formatter(f"[{role}] %(levelname)s %(name)s : %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [file, shown]
    root.setLevel(logging.INFO)
    for name in ("alembic", "flask_appbuilder", "rq.worker"):
        logging.getLogger(name).setLevel(logging.WARNING)
