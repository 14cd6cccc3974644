"""Who works: the person of a request, a job in somebody's name, the system by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from flask import current_app, g, has_request_context, request
from flask_appbuilder.security.sqla.models import Role, User
from flask_sqlalchemy.session import _app_ctx_id
from sqlalchemy import Table, TextClause, event, select
from sqlalchemy.orm import ORMExecuteState, scoped_session, sessionmaker
from sqlalchemy.sql import visitors

from base.basics.sessions import Session
from base.rules.rights.held import read_with
from base.rules.rights.known import known
from base.rules.rights.refusals import ScopeError
from base.rules.rights.rules import SECURITY_VIEWS, PersonSession, Scope, safe_method
from base.store.codes import watch
from base.store.database import BaseSession, db
from base.store.mixins import current_user_id
from base.store.models import Entity, UserEntity


class SecuritySession(BaseSession):
    """FAB's own session: it sees ``ab_*`` and who works for whom; anything else is a bug."""

    TABLES = re.compile(
        r"ab_\w+|base_entity|base_user_entity|base_user_security|base_sign_in"
        r"|base_login_attempt|base_recovery_code"
    )

    def __init__(self, db: Any, **kwargs: Any) -> None:
        super().__init__(db, **kwargs)
        # On SQLite a second writer in the same request would wait for the first: itself.
        self.readonly = has_request_context() and (
            safe_method() or request.blueprint not in SECURITY_VIEWS
        )

        #: While true a commit is only a flush: FAB commits each of a thousand permissions.
        self.held = False

    def commit(self) -> None:
        """Commit, or flush while the session is held."""
        if self.held:
            self.flush()
        else:
            super().commit()

    @property
    def actor(self) -> str:
        """Who is written in the trail."""
        user_id = current_user_id()
        return f"user:{user_id}" if user_id is not None else "system"

    @property
    def door(self) -> str:
        """Through which door the change comes."""
        return f"{request.method} {request.path}"[:120] if has_request_context() else ""


def _refuse_foreign(name: str) -> None:
    if not SecuritySession.TABLES.fullmatch(name):
        raise ScopeError(f"the security session refuses {name}")


@event.listens_for(SecuritySession, "do_orm_execute")
def _fence(state: ORMExecuteState) -> None:
    for element in visitors.iterate(cast(Any, state.statement)):
        if isinstance(element, TextClause):
            raise ScopeError("the security session refuses text")
        if isinstance(element, Table):
            _refuse_foreign(element.name)


@event.listens_for(SecuritySession, "before_flush")
def _fence_writes(session: SecuritySession, context: Any, instances: Any) -> None:
    for row in [*session.new, *session.dirty, *session.deleted]:
        _refuse_foreign(row.__table__.name)


#: FAB's session; given to ``AppBuilder(app, security)``.
security: scoped_session[Any] = scoped_session(
    sessionmaker(class_=SecuritySession, db=db), scopefunc=_app_ctx_id
)


class SystemSession(BaseSession):
    """Unscoped work, asked for by name; a test lists who may."""

    def __init__(self, db: Any, *, reason: str, readonly: bool = False, **kwargs: Any) -> None:
        super().__init__(db, **kwargs)
        self.reason = reason
        self.readonly = readonly
        self.wanted = False

    @property
    def actor(self) -> str:
        """Who is written in the trail."""
        return "system"

    @property
    def door(self) -> str:
        """Why."""
        return self.reason

    @property
    def scope(self) -> Scope:
        """None: it sees all, and nobody may take that for a person's."""
        raise AttributeError("the session of the system has no scope: it sees every entity")

    whole = scope


watch(SystemSession)


def scope_of(user_id: int, session: Session | None = None, is_admin: bool | None = None) -> Scope:
    """The entities a person works for; an administrator works for all of them."""
    session = session or security()
    if is_admin is None:
        admin = current_app.config.get("AUTH_ROLE_ADMIN", "Admin")
        is_admin = bool(
            session.execute(
                select(User.id).where(User.id == user_id, User.roles.any(Role.name == admin))
            ).first()
        )
    if is_admin:
        return tuple(session.scalars(select(Entity.id).order_by(Entity.id)))
    return tuple(
        session.scalars(
            select(UserEntity.entity_id)
            .where(UserEntity.user_id == user_id)
            .order_by(UserEntity.entity_id)
        )
    )


def person_scope() -> Scope:
    """The scope of the person of this request; empty for nobody. Asked once per request."""
    user = current_app.extensions["appbuilder"].sm.current_user
    if user is None or not hasattr(user, "id"):
        return ()
    user_id = int(user.id)
    kept: dict[int, Scope] = g.setdefault("scopes", {})
    if user_id not in kept:
        admin = current_app.config.get("AUTH_ROLE_ADMIN", "Admin")
        is_admin = any(role.name == admin for role in user.roles)
        kept[user_id] = known(
            ("scope", user_id, is_admin), lambda: scope_of(user_id, is_admin=is_admin)
        )
    return kept[user_id]


@contextmanager
def unit_of_work() -> Iterator[PersonSession]:
    """The request's session, flushed at the end; the commit happens at the edge."""
    session: PersonSession = db.session()
    try:
        yield session
        session.flush()
        session.wanted = True
    except BaseException:
        session.failed = True
        raise


S = TypeVar("S", bound=BaseSession)


@contextmanager
def _committed(session: S) -> Iterator[S]:
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.close()


@contextmanager
def job_session(
    scope: Iterable[int], actor: str, door: str = "", *, readonly: bool = False
) -> Iterator[PersonSession]:
    """A session in somebody's name outside a request; committed at the end, if nothing failed."""
    with _committed(
        PersonSession(db, scope=tuple(scope), actor=actor, door=door, readonly=readonly)
    ) as session:
        yield session


@contextmanager
def system_session(reason: str, *, readonly: bool = False) -> Iterator[SystemSession]:
    """An unscoped session with its reason; committed at the end, if nothing failed."""
    with _committed(SystemSession(db, reason=reason, readonly=readonly)) as session:
        yield session


read_with(system_session)
