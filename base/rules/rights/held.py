"""Which rights the person of a session holds, asked outside a request as well."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from flask import current_app, has_app_context, has_request_context
from flask_appbuilder.security.sqla.models import User

from base.basics.sessions import Session


@dataclass(frozen=True)
class Held:
    """What the roles of a person allow: those of code by name, of those made on screen each."""

    manager: Any = field(compare=False)
    roles: frozenset[str]
    made: frozenset[tuple[str, str]] = frozenset()

    def has(self, permission: str, view: str) -> bool:
        """Whether one of the roles gives a right."""
        return (permission, view) in self.made or any(
            self.manager.allows(role, permission, view) for role in self.roles
        )


#: Opens a session of the system; ``actors``, which is built on this file, says how.
_reading: Callable[..., AbstractContextManager[Any]]


def read_with(session: Callable[..., AbstractContextManager[Any]]) -> None:
    """Say how a session of its own is opened, in which a person's rights are read."""
    global _reading
    _reading = session


def held(session: Session) -> Held | None:
    """The rights of the person of a session; None when no person reads: a command, the system.

    Asked once for a session.
    """
    if not hasattr(session, "scope"):
        return None
    if "held" not in session.info:
        session.info["held"] = _held(session) if has_app_context() else None
    found: Held | None = session.info["held"]
    return found


def _held(session: Session) -> Held | None:
    kind, _colon, number = str(session.actor).partition(":")
    if kind not in ("user", "public"):
        return None
    manager = current_app.extensions["appbuilder"].sm
    if kind == "public":
        return Held(manager, frozenset({manager.auth_role_public}))
    user = manager.current_user if has_request_context() else None
    if user is not None and getattr(user, "id", None) == int(number):
        return Held(manager, *manager.roles_held(user))
    # A session of its own that only reads: the one of this work may be writing already.
    with _reading("rights", readonly=True) as reading:
        user = reading.get(User, int(number))
        return Held(manager, *(manager.roles_held(user) if user is not None else (frozenset(),)))
