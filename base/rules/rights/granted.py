"""What a person may do: roles from code, read once a request."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from flask import g
from flask_appbuilder.security.sqla.manager import SecurityManager
from sqlalchemy.orm import joinedload, selectinload

from base.rules.rights.known import known, remembers


class Rights(SecurityManager):
    """FAB's questions about rights, answered with few reads."""

    def __init__(self, appbuilder: Any) -> None:
        #: Role, right and view -> whether it fits; of names that stand in code.
        self._fitting: dict[tuple[str, str, str], bool] = {}
        super().__init__(appbuilder)

    def get_user_by_id(self, pk: Any) -> Any:
        """A person with their roles, in one statement and one for the groups' roles."""
        return self.session.get(self.user_model, int(pk), options=self._whole())

    def _whole(self) -> list[Any]:
        """A person's roles come with them."""
        groups = selectinload(self.user_model.groups).selectinload(self.group_model.roles)
        return [joinedload(self.user_model.roles), groups]

    def person(self, user_id: int) -> Any:
        """A person with their roles, read unless they are known; of this request's session."""
        if not remembers():
            return self.get_user_by_id(user_id)
        kept = known(("person", user_id), lambda: self._apart(user_id))
        return None if kept is None else self.session.merge(kept, load=False)

    def _apart(self, user_id: int) -> Any:
        """A person of no session, to be remembered: nobody changes them."""
        with self.session.session_factory() as alone:
            return alone.get(self.user_model, user_id, options=self._whole())

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
        """Whether one of a role's patterns fits; they are code and stay what they are."""
        key = (role, permission_name, view_name)
        if key not in self._fitting:
            self._fitting[key] = any(
                re.match(view, view_name) and re.match(permission, permission_name)
                for view, permission in self.builtin_roles.get(role, ())
            )
        return self._fitting[key]

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
            kept[user.id] = set().union(
                *(known(("role", r.id), partial(self.get_role_permissions, r)) for r in rows)
            )
        return kept[user.id]
