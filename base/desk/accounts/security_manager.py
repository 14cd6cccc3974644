"""FAB's security manager with our doors: throttle, revocation, one identity per request."""

from __future__ import annotations

from typing import Any

from flask import g, request
from flask_appbuilder.security.sqla.models import ApiKey, User
from flask_appbuilder.security.utils import is_null_password
from flask_jwt_extended import JWTManager
from flask_login import AnonymousUserMixin
from sqlalchemy import func, or_, select
from werkzeug.security import check_password_hash

from base.basics import clock
from base.basics.i18n import _, know_reader
from base.desk.accounts import (
    account_pages,
    failed_tries,
    second_factor,
    second_factor_pages,
    security_api,
    sign_ins,
    user_pages,
)
from base.desk.accounts.making import idle_hash
from base.engine.edge.answers import problem
from base.rules.rights.actors import security
from base.rules.rights.granted import Rights
from base.store.history.trail import note_record
from base.store.models import UserSecurity

#: A longer text is no password of ours, and hashing it would only cost time.
LONGEST = 1024


def _unsound(text: str) -> bool:
    """Whether the text is one that no account of ours has, and that could harm a driver."""
    return len(text) > LONGEST or "\x00" in text or any(0xD800 <= ord(c) <= 0xDFFF for c in text)


class OuvrageSecurityManager(Rights):
    """Sign-in and rights."""

    @property
    def current_user(self) -> Any:
        """The person of this request: by cookie, by token, or by API key."""
        if g.get("_api_key_user"):
            return g.user
        return super().current_user

    @staticmethod
    def before_request() -> None:
        """A resource takes a token only: the cookie of the same browser counts for nothing."""
        if request.path.startswith("/api/"):
            g._login_user = AnonymousUserMixin()
        Rights.before_request()

    def _create_db(self) -> None:
        """The roles exist as rows; what they may do stands in code and is never copied to them.

        FAB would write each pattern as a permission, and its columns are too short for them.
        """
        for name in (*self.builtin_roles, self.auth_role_admin, self.auth_role_public):
            if self.find_role(name) is None:
                self.add_role(name)

    # --- screens ------------------------------------------------------------------------

    def register_views(self) -> None:
        """Our own pages for accounts and roles; none of FAB's."""

        builder = self.appbuilder
        builder.add_api(security_api.SecurityApi)
        self.auth_view = builder.add_view_no_menu(account_pages.AuthDBView)
        builder.add_view_no_menu(account_pages.AccountView)
        builder.add_view_no_menu(second_factor_pages.SecondFactorView)
        user_pages.register(builder)

    # --- sign-in ------------------------------------------------------------------------

    def _account(self, typed: str) -> tuple[int | None, str | None, bool]:
        """Id, hash and state of the account of this name or address; one statement for all."""
        if _unsound(typed):
            typed = ""
        low = typed.strip().lower()[:320]
        row = (
            security()
            .execute(
                select(User.id, User.password, User.active)
                .where(or_(func.lower(User.username) == low, func.lower(User.email) == low))
                .order_by((func.lower(User.username) == low).desc(), User.id)
                .limit(1)
            )
            .first()
        )
        return (row[0], row[1], bool(row[2])) if row else (None, None, False)

    def auth_user_db(self, username: str, password: str, door: str = "form") -> Any:
        """The person whose name and password these are, or None.

        The time and what is written are the same whether the account is unknown, disabled or the
        password wrong. No transaction is open while the password is hashed.

        Raises:
            TooManyTries: the account or the address has used up its tries.
        """
        session = security()
        session.rollback()
        typed = str(username or "")[:1000]
        user_id, kept, active = self._account(typed)
        session.rollback()
        account = failed_tries.account_key(user_id, typed)
        number = failed_tries.reserve(session, account, door, user_id)
        given = str(password or "")
        if _unsound(given):
            given = ""
        usable = bool(kept) and active and not is_null_password(given)
        good = check_password_hash(str(kept) if usable else idle_hash(), given)
        if not (good and usable):
            failed_tries.settle(session, number, False)
            note_record(session, "ab_user", user_id, None, {"sign_in": "failed", "door": door})
            session.commit()
            return None
        failed_tries.settle(session, number, True)
        user = session.get(User, user_id)
        user.login_count = (user.login_count or 0) + 1
        user.last_login = clock.now().replace(tzinfo=None)
        note_record(session, "ab_user", user_id, None, {"sign_in": "done", "door": door})
        session.commit()
        return user

    def load_user(self, pk: Any) -> Any:
        """The person of a cookie, while it counts on the server."""
        user_id = sign_ins.account_of(pk)
        if user_id is None or not sign_ins.read_cookie(user_id):
            return None
        user = self._active(user_id)
        if user is not None and not g.has_second_factor and second_factor.is_required(user):
            g.must_set_second_factor = True
        return user

    def _active(self, user_id: int) -> Any:
        user = self.person(user_id)
        return user if user is not None and user.is_active else None

    def load_user_jwt(self, _jwt_header: Any, jwt_data: Any) -> Any:
        """The person of a token, while its family and its epoch count on the server."""
        user_id, sid = sign_ins.account_of(jwt_data.get("sub")), str(jwt_data.get("sid", ""))
        # The library takes for an access token whatever does not call itself another.
        if user_id is None or jwt_data.get("type") != "access":
            return None
        found = sign_ins.standing(user_id, sid)
        if not found.alive or found.must_change or found.epoch != jwt_data.get("epoch"):
            return None
        user = self._active(user_id)
        if user is not None and not found.second_factor and second_factor.is_required(user):
            return None
        if user is not None:
            g.user = user
            know_reader(found.language, found.zone, program=True)
        return user

    def create_jwt_manager(self, app: Any) -> JWTManager:
        """Tokens; every refusal is the same answer."""
        manager = super().create_jwt_manager(app)

        def refuse(*args: Any) -> Any:
            return problem(401, _("Jeton absent, périmé ou révoqué."))

        for loader in (
            manager.expired_token_loader,
            manager.invalid_token_loader,
            manager.needs_fresh_token_loader,
            manager.revoked_token_loader,
            manager.token_verification_failed_loader,
            manager.unauthorized_loader,
            manager.user_lookup_error_loader,
        ):
            loader(refuse)
        return manager

    def validate_api_key(self, api_key_string: str) -> Any:
        """The person in whose name a key acts, or None. Nothing is written: reads stay reads.

        A key has 256 random bits: its keyed digest is proof enough, and no slow hash is needed.
        """
        if len(api_key_string) > 200:
            return None
        row = (
            security()
            .execute(
                select(ApiKey, UserSecurity.locale, UserSecurity.timezone)
                .outerjoin(UserSecurity, UserSecurity.user_id == ApiKey.user_id)
                .where(ApiKey.lookup_hash == self._compute_lookup_hash(api_key_string))
            )
            .first()
        )
        if row is None or not row[0].is_active:
            return None
        key = row[0]
        user = self._active(key.user_id)
        if user is None:
            return None
        g.user = user
        g._api_key_user = True
        know_reader(row[1], row[2], program=True)
        return user
