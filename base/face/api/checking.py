"""What is looked at in the values of a body before a row takes them."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from sqlalchemy import inspect, literal, select

from base.basics.errors import InvalidInput
from base.basics.i18n import _
from base.basics.sessions import Session
from base.basics.written import too_precise
from base.rules.rights.rules import RULES
from base.store.mixins import Scoped


def faults(model: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Column -> what is wrong with its text or its number."""
    mapper = inspect(model)
    errors: dict[str, Any] = {}
    for name, value in values.items():
        if value is None or name not in mapper.column_attrs:
            continue
        column = mapper.column_attrs[name].columns[0]
        if isinstance(value, str):
            if "\x00" in value or any(0xD800 <= ord(c) <= 0xDFFF for c in value):
                errors[name] = [_("Ce texte contient des caractères interdits.")]
            elif (n := getattr(column.type, "length", None)) and len(value) > n:
                errors[name] = [_("Au plus %(n)s caractères.", n=n)]
        elif isinstance(value, int) and not isinstance(value, bool):
            if not -(2**63) <= value < 2**63:
                errors[name] = [_("Ce nombre est trop grand.")]
        elif (scale := getattr(column.type, "decimals", None)) is not None:
            if not value.is_finite():
                errors[name] = [_("Un nombre est attendu.")]
            elif -value.as_tuple().exponent > scale:
                errors[name] = [too_precise(scale)]
            elif abs(value) >= 10 ** (column.type.digits - scale):
                errors[name] = [_("Ce nombre est trop grand.")]
    return errors


@functools.cache
def key_targets(model: Any) -> dict[str, Any]:
    """Attribute -> model, for each single foreign key column to a table with a rule."""
    tables: dict[Any, Any] = {inspect(m).local_table: m for m in RULES}
    found: dict[str, Any] = {}
    mapper = inspect(model)
    for level in mapper.iterate_to_root():
        for constraint in level.local_table.foreign_key_constraints:
            target = tables.get(constraint.referred_table)
            if target is None:
                continue
            for element in constraint.elements:
                if element.column.name == "id" and not element.parent.primary_key:
                    found[mapper.get_property_by_column(element.parent).key] = target
    return found


def lost_keys(
    session: Session, model: Any, values: Mapping[str, Any], entity_id: int | None
) -> dict[str, Any]:
    """Column -> what is said of a key that leads nowhere, or to a row of another entity.

    ``entity_id`` is that of the row. A new row that names none has that of the first key that it
    must have. Both faults are told alike, whoever may see the other entity.
    """
    columns = inspect(model).column_attrs
    targets = {n: t for n, t in key_targets(model).items() if values.get(n) is not None}
    errors: dict[str, Any] = {}
    # A new row has its entity from what it must name, before what it may name.
    for name in sorted(targets, key=lambda n: columns[n].columns[0].nullable):
        target = targets[name]
        scoped = issubclass(target, Scoped)
        found = session.execute(
            select(target.entity_id if scoped else literal(0).label("entity_id"), target.id).where(
                target.id == values[name]
            )
        ).first()
        if found is None or (scoped and entity_id not in (None, found.entity_id)):
            errors[name] = [_("Introuvable.")]
        elif scoped:
            entity_id = found.entity_id
    return errors


def require_same_entity(row: Any, given: Mapping[str, Any]) -> None:
    """Hold the rows that a verb was given against the entity of its own row.

    Raises:
        InvalidInput: some are of another entity; each field says the same as of an unknown row.
    """
    if not isinstance(row, Scoped):
        return
    errors = {}
    for name, value in given.items():
        told = value if isinstance(value, list) else [value]
        if any(isinstance(one, Scoped) and one.entity_id != row.entity_id for one in told):
            errors[name] = _("Cette fiche n’existe pas dans votre périmètre.")
    if errors:
        raise InvalidInput(_("Des valeurs ne conviennent pas."), errors)
