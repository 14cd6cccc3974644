"""Who may open what, computed from permissions and roles: to read and paste, never to trust.

What people see of the application is tested by asking (``test_access.py``); here the same table is
worked out of the code, so that the rows of a declared verb are there before anybody asks.
"""

from __future__ import annotations

from base.rules.verbs import Door, verbs_of

#: Letter of the reviewed table -> role.
ROLES = {"P": "Public", "R": "Lecteur", "F": "Agent", "M": "Responsable", "O": "Responsable"}


def letters(manager, right, view):
    """Who has a right on a view."""
    found = [letter for letter, role in ROLES.items() if manager.allows(role, right, view)]
    return "".join([*found, "A"])


def verb_rows(app):
    """Endpoint -> letters, for every route that a declared verb made."""
    found = {}
    for view in app.appbuilder.baseviews:
        model = getattr(getattr(view, "datamodel", None), "obj", None)
        if model is None:
            continue
        door = Door.REST if view.class_permission_name.endswith("Api") else Door.DESK
        for declared in verbs_of(model, door):
            name = (door is Door.REST and declared.rest) or declared.name
            if getattr(getattr(type(view), name), "declared", None) is declared:
                right = "can_" + view.get_method_permission(name)
                found[f"{view.endpoint}.{name}"] = letters(
                    app.appbuilder.sm, right, view.class_permission_name
                )
    return found
