"""Who may ask for a report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from flask import current_app, g

from base.basics import clock
from base.basics.errors import DomainError
from base.basics.folding import full_name
from base.basics.i18n import _
from base.basics.sessions import Session
from base.papers import reporting
from reports import services
from reports.models import ReportRun


class Forbidden(DomainError):
    """The person may not ask for this report."""

    status = 403


def person_name() -> str:
    """The name of the person of this request, as printed on documents."""
    user = g.get("user")
    if user is None:
        return ""
    return full_name(user.first_name, user.last_name) or str(user.username)


def ask(session: Session, code: str, given: Mapping[str, object], form: str = "pdf") -> ReportRun:
    """A run that the person of this request asks for now, not yet made.

    Raises:
        InvalidInput: a parameter or the format is wrong; ``errors`` names the fields.
    """
    at, today = clock.now(), clock.today()
    return services.ask(
        session, code=code, given=given, form=form, asked_by=person_name(), at=at, today=today
    )


def _appbuilder() -> Any:
    return cast(Any, current_app).appbuilder


def require_role(code: str) -> reporting.Report:
    """The report of that code, if this person may ask for it.

    Raises:
        NotFound: there is no such report.
        Forbidden: it is for other roles.
    """
    report = reporting.get(code)
    if report.roles:
        manager = _appbuilder().sm
        held = {role.name for role in manager.get_user_roles()}
        if not held & (report.roles | {manager.auth_role_admin}):
            raise Forbidden(_("Ce rapport est réservé à d’autres fonctions."))
    return report
