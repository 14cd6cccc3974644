"""What is known of people between requests, for as long as nothing of it changed.

Who a person is, whether their sign-in still counts, for which entities they work and what roles
made on screen allow: asked at each request, changed a few times a day. Triggers renew one number in
the transaction of every change (``base.store.triggers.OF_ACCESS``). A request asks that number
first, and remembers what it reads under it; a number that is not the one remembered forgets all. So
what was taken away counts at the next request, in every process and on every machine.

The number is read before what is kept under it: a change in between is read, and kept under a
number that counts no more. The pages of accounts remember nothing: they change what they read.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

from flask import current_app, g, has_request_context, request

from base.rules.rights.rules import SECURITY_VIEWS
from base.store.database import db

T = TypeVar("T")

#: Answers remembered at most; more are sign-ins of years, and all is forgotten.
MOST = 20_000
_ASK = "SELECT version FROM base_access"
_NOTHING = object()


def known(key: Hashable, read: Callable[[], T]) -> T:
    """What ``read`` gives; asked once, as long as the version of access stays what it is.

    What is remembered is shared by threads: it must be a value that nobody changes.
    """
    kept = _of_request()
    if kept is None:
        return read()
    found = kept.get(key, _NOTHING)
    if found is _NOTHING:
        found = read()
        if len(kept) >= MOST:
            kept.clear()
        kept[key] = found
    return cast(T, found)


def remembers() -> bool:
    """Whether this request may be answered from what is remembered."""
    return _of_request() is not None


def _of_request() -> dict[Hashable, Any] | None:
    """What is remembered under the version that this request has found; asked once a request."""
    if not has_request_context() or request.blueprint in SECURITY_VIEWS:
        return None
    found: dict[Hashable, Any] | None
    if "known" in g:
        found = g.known
        return found
    version = _version()
    last, found = current_app.extensions.get("known", (None, None))
    if version is None:
        found = None
    elif found is None or last != version:
        found = {}
        current_app.extensions["known"] = (version, found)
    g.known = found
    return found


def _version() -> int | None:
    """The version of access, outside any transaction; None where it cannot be read.

    A database that is away is said by the question that needs it.
    """
    engine = db.engine
    try:
        raw = engine.raw_connection()
    except engine.dialect.loaded_dbapi.Error:
        return None
    try:
        driver: Any = raw.driver_connection
        if engine.dialect.name == "sqlite":
            row = driver.execute(_ASK).fetchone()
        else:
            # One question alone: a transaction around it would be three.
            driver.autocommit = True
            row = driver.execute(_ASK).fetchone()
            driver.autocommit = False
        return int(row[0]) if row is not None else None
    except engine.dialect.loaded_dbapi.Error:
        raw.invalidate()
        return None
    finally:
        raw.close()
