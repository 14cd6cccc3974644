"""Custom fields: set the values of a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import func, or_, select

from base.basics import clock
from base.basics.errors import InvalidInput
from base.basics.i18n import _, ngettext
from base.basics.sessions import Session
from base.store.history import trail
from base.store.models import Partner
from patrimoine.domain import fields as rules
from patrimoine.domain.fields import LINKED, FieldType, TypedValue
from patrimoine.models import Asset, FieldDefinition, FieldValue
from patrimoine.queries.fields import ASSET_RECORD, VALUE_PARTS, CustomValue, FieldBook
from patrimoine.services.ends import require_in_use


class FieldsRefused(InvalidInput):
    """Values of custom fields do not fit; ``errors`` has a sentence by key of the field."""


def set_values(
    session: Session,
    asset: Asset,
    typed: Mapping[str, Any],
    *,
    complete: bool = False,
    book: FieldBook | None = None,
    decimal_mark: str | None = None,
) -> None:
    """Set custom fields of an asset, by key, from what was typed; an empty text empties.

    A third party or an asset is given by its number (an int), its code or its name, in the same
    authority. Numbers have the decimal mark of the reader, unless another one is named.
    ``complete`` says that the whole form was typed: what is required must be there.

    Raises:
        FieldsRefused: a value is not of its field's type, no such field stands on this asset, or
            a required one is left empty.
    """
    book = book or FieldBook(session)
    known = {f.key: f for f in book.of(asset.kind, asset.category_id)}
    if complete:
        typed = {**dict.fromkeys((k for k, f in known.items() if f.is_required), ""), **typed}
    parsed: dict[str, TypedValue] = {}
    errors: dict[str, str] = {}
    for key, value in typed.items():
        try:
            parsed[key] = _parsed(session, asset, known.get(key), key, value, decimal_mark)
        except InvalidInput as refusal:
            errors[key] = str(refusal)
    if errors:
        raise FieldsRefused(" ".join(errors.values()), errors)
    _write(session, asset, {known[key].id: (known[key], new) for key, new in parsed.items()})


def _parsed(
    session: Session,
    asset: Asset,
    field: FieldDefinition | None,
    key: str,
    value: Any,
    decimal_mark: str | None,
) -> TypedValue:
    if field is None:
        raise InvalidInput(_("Ce bien n’a pas de champ « %(k)s ».", k=key))
    kind = FieldType(field.field_type)
    if kind in LINKED:
        found = linked(session, field, value, entity_id=asset.entity_id)
    else:
        text = value if isinstance(value, str) else "" if value is None else str(value)
        found = rules.parse_value(
            text,
            kind,
            label=field.label,
            choices=field.choice_list,
            bounds=field.bounds,
            decimal_mark=decimal_mark,
        )
    if found == TypedValue() and field.is_required:
        raise InvalidInput(_("%(f)s : à renseigner.", f=field.label))
    return found


def linked(session: Session, field: FieldDefinition, value: Any, *, entity_id: int) -> TypedValue:
    """The third party or asset that a number, a code or a name says, in the authority.

    Raises:
        FieldValueRefused: there is none, or several of that name.
    """
    text = str(value).strip() if value is not None else ""
    if not text:
        return TypedValue()
    model: Any = Partner if field.field_type == FieldType.PARTNER else Asset
    mine = select(model.id).where(model.entity_id == entity_id)
    if isinstance(value, int):
        found = session.scalars(mine.where(model.id == value)).all() if value < 2**63 else []
    else:
        found = session.scalars(mine.where(model.code == text)).all()
        if not found:
            named = func.lower(model.name) == text.lower()
            if model is Partner:
                named = or_(named, Partner.siret == text.replace(" ", ""))
            found = session.scalars(mine.where(named, model.archived_on.is_(None)).limit(2)).all()
    if len(found) != 1:
        raise rules.FieldValueRefused(
            _("%(f)s : plusieurs fiches s’appellent « %(v)s ».", f=field.label, v=text)
            if found
            else _("%(f)s : « %(v)s » est introuvable.", f=field.label, v=text)
        )
    if model is Partner:
        return TypedValue(partner_id=found[0])
    return TypedValue(asset_id=found[0])


def _write(
    session: Session, asset: Asset, values: Mapping[int, tuple[FieldDefinition, TypedValue]]
) -> None:
    present = {
        value.field_id: value
        for value in session.scalars(
            select(FieldValue).where(
                FieldValue.record_type == ASSET_RECORD,
                FieldValue.record_id == asset.id,
                FieldValue.field_id.in_(values),
            )
        )
    }
    changes: dict[str, list[Any]] = {}
    words: dict[str, str] = {}
    for field_id, (field, after) in values.items():
        row = present.get(field_id)
        before = _stored(row)
        if before == after:
            continue
        changes[field.label] = [shown(before), shown(after)]
        words[field.label] = in_words(session, field, after)
        if row is not None and after == TypedValue():
            session.delete(row)
            continue
        if row is None:
            row = FieldValue(
                entity_id=asset.entity_id,
                record_type=ASSET_RECORD,
                record_id=asset.id,
                field_id=field_id,
            )
            session.add(row)
        for name, part in zip(VALUE_PARTS, after, strict=True):
            setattr(row, name, part)
    if changes:
        require_in_use(asset)
        # The fields are part of the record: whoever has it open on another screen is told.
        asset.changed_at = clock.now()
        trail.note(session, asset, fields_noted(changes, words))
    session.flush()


def defaults(fields: Sequence[FieldDefinition]) -> dict[str, str]:
    """What is proposed on a new form, by key."""
    return {f.key: f.default_value for f in fields if f.default_value}


def in_words(session: Session, field: FieldDefinition, value: TypedValue) -> str:
    """A value as a person reads it, a link by the name of its row; empty for no value."""
    row: Any = None
    if value.partner_id is not None:
        row = session.get(Partner, value.partner_id)
    elif value.asset_id is not None:
        row = session.get(Asset, value.asset_id)
    return CustomValue(field, *value, row).words


def fields_noted(
    changes: Mapping[str, Sequence[Any]], words: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """What the history keeps of changed fields: the values, and a line for the thread.

    ``words`` are the new values as people read them; without, they are said as they are kept.
    """
    said = words or {
        label: "" if after is None else str(after) for label, (_before, after) in changes.items()
    }
    text = ", ".join(
        _("%(f)s : %(v)s", f=label, v=said.get(label) or _("vide")) for label in changes
    )
    return {"kind": "change", "text": text, "fields": changes}


def how_many(count: int) -> str:
    """A bounded number of records in words."""
    if count > 10_000:
        return _("plus de 10 000 fiches")
    return ngettext("%(num)d fiche", "%(num)d fiches", count)


def _stored(row: FieldValue | None) -> TypedValue:
    if row is None:
        return TypedValue()
    return TypedValue(*(getattr(row, name) for name in VALUE_PARTS))


def shown(value: TypedValue) -> Any:
    """The value as the history keeps it; of a link, the number of its row."""
    found = next((part for part in value if part is not None), None)
    return format(found.normalize(), "f") if isinstance(found, Decimal) else found
