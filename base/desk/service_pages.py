"""Screens of departments: the tree, who heads each, what is below."""

from __future__ import annotations

from typing import Any

from wtforms import SelectField, validators

from base import records
from base.basics.i18n import _l
from base.basics.sessions import Session
from base.desk.accounts import departments
from base.face.views.card_views import CardView
from base.rules.modules import actions
from base.rules.rights.people import names_of
from base.store.database import db
from base.store.history.wording import said_of
from base.store.models import Department


def _heads() -> list[tuple[str, str]]:
    found = departments.people(list(db.session().scope or ()))
    return [("", ""), *((str(i), name) for i, name in found.items())]


def _head_field() -> SelectField:
    return SelectField(
        said_of(Department, "head_id").label,
        [validators.Optional()],
        choices=_heads,
        coerce=lambda value: int(value) if str(value or "").isdecimal() else None,
        description=_l("Une personne qui a un compte dans cette entité."),
        validate_choice=False,
    )


class ServiceView(CardView, card=records.SERVICE):
    """Departments."""

    made_by = ("admin",)
    list_template = "ov/services.html"
    add_form_extra_fields = {"head_id": _head_field()}
    edit_form_extra_fields = {"head_id": _head_field()}

    def tree(self) -> list[departments.Branch]:
        """The departments, for the list without filters."""
        return departments.tree(db.session())

    def value(self, row: Any, column: str) -> Any:
        """The head by name."""
        if column == "head_id":
            return self.head_of(row)
        return super().value(row, column)

    def head_of(self, row: Department) -> str | None:
        """The name of the person who heads a department."""
        if row.head_id is None:
            return None
        return names_of([row.head_id]).get(row.head_id)

    def heads(self, branches: list[departments.Branch]) -> dict[int, str]:
        """The names of all the heads at once."""
        return names_of(branch.row.head_id for branch in branches)

    def change_words(self, session: Session, name: str, value: Any) -> str:
        """A head in the history, by name."""
        if name == "head_id" and isinstance(value, int):
            return names_of([value]).get(value, "")
        return super().change_words(session, name, value)

    def typed_words(self, field: Any) -> str:
        """The head that was chosen, by name."""
        if field.name == "head_id" and field.data:
            return names_of([field.data]).get(field.data, "")
        return super().typed_words(field)

    def create(self, session: Session, values: dict[str, Any]) -> Department:
        """A new department, at its place."""
        row: Department = super().create(session, values)
        session.flush()
        departments.check(session, row)
        return row

    def update(self, session: Session, row: Department, values: dict[str, Any]) -> None:
        """Change a department, at a place that can be."""
        super().update(session, row, values)
        session.flush()
        departments.check(session, row)

    def record_context(self, session: Session, row: Department) -> dict[str, Any]:
        """What is below."""
        return {"below": [b.row for b in departments.tree(session) if b.row.parent_id == row.id]}


def register_offers() -> None:
    """Archive and bring back."""
    actions.offer(
        Department,
        _l("Archiver"),
        "ServiceView.archive",
        icon="archive",
        method="POST",
        when=lambda row: row.archived_on is None,
        order=90,
    )
    actions.offer(
        Department,
        _l("Remettre en service"),
        "ServiceView.restore",
        icon="arrow-back-up",
        method="POST",
        when=lambda row: row.archived_on is not None,
        order=90,
    )
