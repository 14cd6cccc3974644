"""Who may open what, computed from permissions and roles: to read and paste, never to trust.

What people see of the application is tested by asking (``test_access.py``); here the same table is
worked out of the code, so that the rows of a declared verb are there before anybody asks.
"""

from __future__ import annotations

#: Letter of the reviewed table -> role.
ROLES = {"P": "Public", "R": "Lecteur", "F": "Agent", "M": "Responsable", "O": "Responsable"}


def letters(manager, right, view):
    """Who has a right on a view."""
    found = [letter for letter, role in ROLES.items() if manager.allows(role, right, view)]
    return "".join([*found, "A"])


def verb_rows(app):
    """Endpoint -> letters, for every route that a declared verb made, whosever page it is on."""
    return {
        f"{view.endpoint}.{name}": letters(
            app.appbuilder.sm,
            "can_" + view.get_method_permission(name),
            view.class_permission_name,
        )
        for view in app.appbuilder.baseviews
        for name in dir(type(view))
        if hasattr(getattr(type(view), name), "declared")
    }
