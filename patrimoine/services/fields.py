"""Custom fields: define one, set the values of a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from base import trail
from base.errors import DomainError, InvalidInput
from base.i18n import _
from patrimoine.domain import fields as rules
from patrimoine.domain.fields import FieldType
from patrimoine.models import Asset, Category, FieldDefinition, FieldValue
from patrimoine.queries.assets import ASSET_RECORD, field_definitions


class FieldTaken(DomainError):
    """A field of that name exists already."""


def define_field(
    session: Session,
    *,
    label: str,
    field_type: FieldType | str = FieldType.TEXT,
    category: Category | None = None,
    record_type: str = ASSET_RECORD,
    **columns: Any,
) -> FieldDefinition:
    """A new custom field for records of the type, of one category or all.

    Raises:
        FieldTaken: a field with that name exists already.
        InvalidInput: the name has no letter or digit, or a choice has no choices.
    """
    key = rules.field_key(label)
    if not key:
        raise InvalidInput(_("Le nom du champ est vide."), {"label": _("À renseigner.")})
    taken = session.scalar(
        select(FieldDefinition.id).where(
            FieldDefinition.record_type == record_type, FieldDefinition.key == key
        )
    )
    if taken is not None:
        raise FieldTaken(_("Le champ « %(l)s » existe déjà.", l=label))
    field = FieldDefinition(
        record_type=record_type,
        key=key,
        label=label.strip(),
        field_type=FieldType(field_type),
        category_id=category.id if category is not None else None,
        **columns,
    )
    if field.field_type == FieldType.CHOICE and not field.choice_list:
        raise InvalidInput(_("Un champ à choix demande au moins un choix, un par ligne."))
    session.add(field)
    session.flush()
    return field


def set_values(session: Session, asset: Asset, typed: Mapping[str, str]) -> None:
    """Set custom fields of an asset, by key, from what was typed; an empty text empties.

    Raises:
        FieldValueRefused: a value is not of its field's type.
        InvalidInput: no such field for this asset, or a required one is emptied.
    """
    known = {f.key: f for f in field_definitions(session, category_id=asset.category_id)}
    present = {
        value.field_id: value
        for value in session.scalars(
            select(FieldValue).where(
                FieldValue.record_type == ASSET_RECORD, FieldValue.record_id == asset.id
            )
        )
    }
    changes: dict[str, list[Any]] = {}
    for key, text in typed.items():
        field = known.get(key)
        if field is None:
            raise InvalidInput(_("Ce bien n’a pas de champ « %(k)s ».", k=key))
        parsed = rules.parse_value(
            text, FieldType(field.field_type), label=field.label, choices=field.choice_list
        )
        if parsed == rules.TypedValue() and field.is_required:
            raise InvalidInput(_("%(f)s : à renseigner.", f=field.label))
        row = present.get(field.id)
        before = _stored(row)
        if before == parsed:
            continue
        changes[field.label] = [_shown(before), _shown(parsed)]
        if row is not None and parsed == rules.TypedValue():
            session.delete(row)
            continue
        if row is None:
            row = FieldValue(
                entity_id=asset.entity_id,
                record_type=ASSET_RECORD,
                record_id=asset.id,
                field_id=field.id,
            )
            session.add(row)
        row.value_text, row.value_number, row.value_on = parsed
    if changes:
        trail.note(session, asset, fields_noted(changes))
    session.flush()


def fields_noted(changes: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """What the history keeps of changed fields: the values, and a line for the thread."""
    words = ", ".join(
        _("%(f)s : %(v)s", f=label, v=after if after is not None else _("vide"))
        for label, (_before, after) in changes.items()
    )
    return {"kind": "change", "text": words, "fields": changes}


def _stored(row: FieldValue | None) -> rules.TypedValue:
    if row is None:
        return rules.TypedValue()
    return rules.TypedValue(row.value_text, row.value_number, row.value_on)


def _shown(value: rules.TypedValue) -> Any:
    found = next((part for part in value if part is not None), None)
    return format(found.normalize(), "f") if isinstance(found, Decimal) else found
