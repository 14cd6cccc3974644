"""FAB's security manager with our doors: revocation, one identity per request."""

from __future__ import annotations

from typing import Any

from flask import g, request
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_login import AnonymousUserMixin


class OuvrageSecurityManager(SecurityManager):
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
        SecurityManager.before_request()

    def _create_db(self) -> None:
        """The roles exist as rows; what they may do stands in code and is never copied to them.

        FAB would write each pattern as a permission, and its columns are too short for them.
        """
        for name in (*self.builtin_roles, self.auth_role_admin, self.auth_role_public):
            if self.find_role(name) is None:
                self.add_role(name)
