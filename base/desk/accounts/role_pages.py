"""Roles, which stand in the code of the modules: what each may do, and who holds it."""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, request
from flask_appbuilder.baseviews import BaseView

from base.basics.i18n import _, _l
from base.desk.accounts import account_queries, role_words
from base.face.views.routes import route
from base.rules.modules import loading
from base.rules.rights.actors import security

LIMIT = 200


def sentences() -> dict[str, Any]:
    """Role -> its sentence, from the modules that declare them; a role may have none."""
    rooms = (loading.room(one, "security") for one in current_app.manifests)  # type: ignore[attr-defined]
    return {role: said for r in rooms for role, said in getattr(r, "ROLES_SAID", {}).items()}


def role_names() -> list[str]:
    """The roles that can be given, in alphabetical order."""
    public = current_app.extensions["appbuilder"].sm.auth_role_public
    return account_queries.role_names(security(), without=public)


class RoleView(BaseView):
    """Roles are read here and changed nowhere on screen: they are part of the code."""

    route_base = "/roles"
    default_view = "list"
    list_title = _l("Rôles")
    icon = "shield-check"

    @route("/list/")
    def list(self) -> Any:
        """Each role with its sentence, and how many hold it."""
        counts = account_queries.role_counts(security())
        names, said = role_names(), sentences()
        rows = [{"name": n, "count": counts.get(n, 0), "sentence": said.get(n)} for n in names]
        return self.render_template(
            "ov/account/roles.html", title=self.list_title, rows=rows, names=names
        )

    @route("/show/<name>", "list")
    def show(self, name: str) -> Any:
        """What one role may do, module by module, and who holds it."""
        names = role_names()
        if name not in names:
            abort(404)
        found = account_queries.with_role(security(), name, limit=LIMIT + 1)
        return self.render_template(
            "ov/account/role.html",
            title=_(name),
            sentence=sentences().get(name),
            table=role_words.table(name),
            people=found[:LIMIT],
            more=len(found) > LIMIT,
            names=names,
        )

    @route("/compare", "list")
    def compare(self) -> Any:
        """Two roles side by side; only what differs, unless all is asked for."""
        names = role_names()
        one, other = request.args.get("a", ""), request.args.get("b", "")
        if one not in names or other not in names:
            abort(404)
        whole = request.args.get("all") == "1"
        table = role_words.table(one, other)
        if not whole:
            narrowed = [(part, [x for x in lines if x.differs]) for part, lines in table]
            table = [(part, lines) for part, lines in narrowed if lines]
        return self.render_template(
            "ov/account/role_compare.html",
            title=_("%(a)s et %(b)s", a=_(one), b=_(other)),
            one=one,
            other=other,
            table=table,
            whole=whole,
            names=names,
        )
