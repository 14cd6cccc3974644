"""Custom fields of a file: which rows may have them, and the rows that links lead to."""

from __future__ import annotations

from collections.abc import Sequence

from base.basics.i18n import _
from base.basics.sessions import Session
from base.desk.imports import Record
from base.store.models import Partner
from patrimoine.domain.fields import LINKED, FieldType, TypedValue
from patrimoine.imports import lookup
from patrimoine.imports.columns import FIELD
from patrimoine.models import Asset, FieldDefinition
from patrimoine.queries.fields import FieldBook


def plan_fields(session: Session, entity_id: int, records: Sequence[Record]) -> None:
    """Refuse a value for an asset that does not carry its field; follow the links."""
    rows = [record for record in records if record.accepted]
    keys = {key for record in rows for key in record.values if key.startswith(FIELD)}
    keys = {key for key in keys if key[len(FIELD) :].isdecimal()}
    book = FieldBook(session)
    by_id = {field.id: field for field in book.definitions}
    required = [field for field in book.definitions if field.is_required]
    if not keys and not required:
        return
    fields = {key: by_id[int(key[len(FIELD) :])] for key in keys}
    for record in rows:
        planned = record.extra
        known = planned.known
        category_id = planned.category_id or (known.category_id if known else None)
        for key in keys & set(record.values):
            field = fields[key]
            if record.values[key] is None:
                continue
            if not book.stands_on(field, planned.kind, category_id):
                record.refuse(
                    _(
                        "Le champ « %(f)s » ne concerne pas ce bien : donnez-lui d’abord sa "
                        "nature ou sa catégorie.",
                        f=field.label,
                    ),
                    key,
                )
        if known is None:
            for field in required:
                key = f"{FIELD}{field.id}"
                carried = book.stands_on(field, planned.kind, category_id)
                if carried and record.values.get(key) is None:
                    record.refuse(_("%(f)s : à renseigner.", f=field.label), key)
    for key, field in fields.items():
        if field.field_type in LINKED:
            _follow(session, entity_id, rows, key, field)


def _follow(
    session: Session, entity_id: int, records: Sequence[Record], key: str, field: FieldDefinition
) -> None:
    rows = [r for r in records if r.accepted and r.values.get(key) is not None]
    to_partner = field.field_type == FieldType.PARTNER
    found = lookup.linked_rows(
        session,
        entity_id,
        Partner if to_partner else Asset,
        (record.values[key].text for record in rows),
    )
    for record in rows:
        word = record.values[key].text
        ids = found.get(word, [])
        if len(ids) != 1:
            record.refuse(
                _("« %(v)s » : plusieurs fiches ont ce nom, donnez le code.", v=word)
                if ids
                else _("« %(v)s » est introuvable dans cette entité.", v=word),
                key,
            )
        elif to_partner:
            record.values[key] = TypedValue(partner_id=ids[0])
        else:
            record.values[key] = TypedValue(asset_id=ids[0])
