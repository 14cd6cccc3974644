"""What a person may do: roles from code, read once a request."""

from __future__ import annotations

import re
from typing import Any

from flask import g
from flask_appbuilder.security.sqla.manager import SecurityManager
from sqlalchemy.orm import joinedload, selectinload


class Rights(SecurityManager):
    """FAB's questions about rights, answered with few reads."""

    def get_user_by_id(self, pk: Any) -> Any:
        """A person with their roles, in one statement and one for the groups' roles."""
        return self.session.get(
            self.user_model,
            int(pk),
            options=[
                joinedload(self.user_model.roles),
                selectinload(self.user_model.groups).selectinload(self.group_model.roles),
            ],
        )

    def is_item_public(self, permission_name: str, view_name: str) -> bool:
        """Whether a stranger may: what the role Public says in code, and nothing else."""
        return self._matches(self.auth_role_public, permission_name, view_name)

    def allows(self, role: str, permission_name: str, view_name: str) -> bool:
        """Whether a role declared in code has a right."""
        return self._matches(role, permission_name, view_name)

    def roles_held(self, user: Any) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
        """The names of a person's roles of code, and what those made on screen allow."""
        roles = self.get_user_roles(user)
        names = frozenset(role.name for role in roles if role.name in self.builtin_roles)
        return names, frozenset(self._rights_of_rows(user, roles))

    def _matches(self, role: str, permission_name: str, view_name: str) -> bool:
        return any(
            re.match(view, view_name) and re.match(permission, permission_name)
            for view, permission in self.builtin_roles.get(role, ())
        )

    def has_access(self, permission_name: str, view_name: str) -> bool:
        """As FAB, which goes through ten proxies to the person of a request at each question."""
        user = g.get("user")
        # A proxy says that it is of the class of what it stands for: the type itself is asked.
        if type(user) is self.user_model and user.is_active:
            return self._has_view_access(user, permission_name, view_name)
        return bool(super().has_access(permission_name, view_name))

    def _has_view_access(self, user: Any, permission_name: str, view_name: str) -> bool:
        """A person's right, asked for many times in one page: remembered for the request."""
        known: dict[Any, bool] = g.setdefault("rights", {})
        key = (user.id, permission_name, view_name)
        if key not in known:
            roles = self.get_user_roles(user)
            known[key] = any(self._matches(r.name, permission_name, view_name) for r in roles) or (
                permission_name,
                view_name,
            ) in self._rights_of_rows(user, roles)
        return known[key]

    def _rights_of_rows(self, user: Any, roles: list[Any]) -> set[tuple[str, str]]:
        """What roles made on screen allow; read once per request."""
        kept: dict[int, set[tuple[str, str]]] = g.setdefault("rights_of_rows", {})
        if user.id not in kept:
            rows = [r for r in roles if r.name not in self.builtin_roles]
            kept[user.id] = {p for r in rows for p in self.get_role_permissions(r)}
        return kept[user.id]
