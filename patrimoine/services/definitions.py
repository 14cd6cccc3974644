"""What an administrator sets: the custom fields themselves, where they stand, in which order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy import update as sql_update

from base.basics import clock, put_away
from base.basics.errors import DomainError, InvalidInput
from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.rules.verbs import NOWHERE, Ask, Door, verb
from base.store.history import trail
from patrimoine.domain import fields as rules
from patrimoine.domain.fields import BOUNDED, DECIMALS, LINKED, FieldType
from patrimoine.domain.kinds import Kind
from patrimoine.models import Category, FieldDefinition, FieldPlace, FieldValue
from patrimoine.queries.fields import ASSET_RECORD, values_count
from patrimoine.services.checks import at_field
from patrimoine.services.ends import puts_away
from patrimoine.services.fields import how_many

#: Columns of a field that its form changes; type and places have rules of their own.
_PLAIN = (
    *("unit", "choices", "low", "high", "default_value", "help"),
    *("is_required", "is_searchable", "is_importable", "on_label", "on_report"),
)


class FieldTaken(DomainError):
    """A field of that name exists already."""


class FieldInUse(DomainError):
    """Records have values of the field; the sentence says how many."""


def define_field(
    session: Session,
    *,
    label: str,
    field_type: FieldType | str = FieldType.TEXT,
    kinds: Iterable[Kind | str] = (),
    category_ids: Iterable[int] = (),
    record_type: str = ASSET_RECORD,
    **columns: Any,
) -> FieldDefinition:
    """A new custom field of the assets of some kinds and categories; of all, when none is named.

    Raises:
        FieldTaken: a field with that name exists already.
        InvalidInput: the name has no letter or digit, a choice has no choices, or bounds and
            default do not fit the type.
    """
    label = label.strip()
    key = rules.field_key(label)
    if not key:
        raise InvalidInput(_("Le nom du champ est vide."), {"label": _("À renseigner.")})
    taken = session.scalar(
        select(FieldDefinition.id).where(
            FieldDefinition.record_type == record_type, FieldDefinition.key == key
        )
    )
    if taken is not None:
        sentence = _("Le champ « %(l)s » existe déjà.", l=label)
        raise FieldTaken(sentence, {"label": sentence})
    if "position" not in columns:
        last = session.scalar(
            select(func.max(FieldDefinition.position)).where(
                FieldDefinition.record_type == record_type
            )
        )
        columns["position"] = (last or 0) + 1
    field = FieldDefinition(record_type=record_type, key=key, label=label)
    field.field_type = FieldType(field_type)
    field.position = columns.pop("position")
    _fill(field, columns)
    session.add(field)
    session.flush()
    _place(session, field, kinds, category_ids)
    return field


def update_field(
    session: Session,
    field: FieldDefinition,
    *,
    label: str | None = None,
    field_type: FieldType | str | None = None,
    kinds: Iterable[Kind | str] | None = None,
    category_ids: Iterable[int] | None = None,
    **columns: Any,
) -> None:
    """Change a field; values stay where the field no longer stands.

    Raises:
        FieldInUse: the type changes while records have values, or a choice in use is taken away.
        InvalidInput: as for a new field.
    """
    if label is not None:
        if not rules.field_key(label):
            raise InvalidInput(_("Le nom du champ est vide."), {"label": _("À renseigner.")})
        field.label = label.strip()
    if field_type is not None and FieldType(field_type) != field.field_type:
        if count := values_count(session, FieldValue.field_id == field.id):
            sentence = _(
                "Le type de « %(l)s » ne change plus, il a une valeur dans %(n)s. Archivez ce "
                "champ et créez-en un autre.",
                n=how_many(count),
                l=field.label,
            )
            raise FieldInUse(sentence, {"field_type": sentence})
        field.field_type = FieldType(field_type)
    before = set(field.choice_list)
    _fill(field, columns)
    for choice in sorted(before - set(field.choice_list)):
        count = values_count(
            session, FieldValue.field_id == field.id, FieldValue.value_text == choice
        )
        if field.field_type == FieldType.CHOICE and count:
            sentence = _(
                "Le choix « %(c)s » ne se retire pas, il est dans %(n)s. Renommez-le, ou "
                "changez d’abord ce qui l’emploie.",
                n=how_many(count),
                c=choice,
            )
            raise FieldInUse(sentence, {"choices": sentence})
    if kinds is not None or category_ids is not None:
        _place(
            session,
            field,
            field.kinds if kinds is None else kinds,
            field.category_ids if category_ids is None else category_ids,
        )
    session.flush()


def _fill(field: FieldDefinition, columns: dict[str, Any]) -> None:
    if unknown := set(columns) - {*_PLAIN, "position"}:
        raise ValueError(f"not set here: {sorted(unknown)}")
    for name, value in columns.items():
        if value is None and name.startswith(("is_", "on_")):
            continue
        setattr(field, name, value)
    kind = FieldType(field.field_type)
    if kind not in BOUNDED:
        field.low = field.high = None
    if kind is FieldType.CHOICE:
        _check_choices(field)
    else:
        field.choices = None
    if kind is not FieldType.NUMBER:
        field.unit = None
    if field.low is not None and field.high is not None and field.low > field.high:
        raise at_field("high", _("Le plus grand est plus petit que le plus petit."))
    for name in ("low", "high"):
        bound: Decimal | None = getattr(field, name)
        if bound is not None and bound != round(bound, DECIMALS[kind]):
            raise InvalidInput.at(name, _("%(n)d décimales au plus.", n=DECIMALS[kind]))
    if field.default_value and kind in LINKED:
        raise at_field("default_value", _("Un lien n’a pas de valeur proposée."))
    if field.default_value:
        try:
            rules.parse_value(
                field.default_value,
                kind,
                label=field.label,
                choices=field.choice_list,
                bounds=field.bounds,
            )
        except rules.FieldValueRefused as refusal:
            raise at_field("default_value", str(refusal)) from refusal


def _check_choices(field: FieldDefinition) -> None:
    if not field.choice_list:
        raise at_field("choices", _("Un champ à choix demande au moins un choix, un par ligne."))
    if len({rules.field_key(c) or c for c in field.choice_list}) < len(field.choice_list):
        raise at_field("choices", _("Deux choix se lisent de la même façon."))


def _place(
    session: Session,
    field: FieldDefinition,
    kinds: Iterable[Kind | str],
    category_ids: Iterable[int],
) -> None:
    """Let the field stand there and nowhere else; a line in its history when that changes."""
    wanted_kinds = [Kind(kind) for kind in dict.fromkeys(kinds)]
    wanted = sorted(set(category_ids))
    names = {
        i: name
        for i, name in session.execute(
            select(Category.id, Category.name).where(Category.id.in_(wanted))
        )
    }
    if set(names) != set(wanted):
        raise InvalidInput(_("Cette catégorie n’existe pas."), {"category_ids": _("Introuvable.")})
    if wanted_kinds == field.kinds and wanted == sorted(field.category_ids):
        return
    there = {(place.kind, place.category_id): place for place in field.places}
    asked: list[tuple[str | None, int | None]] = [
        *((kind.value, None) for kind in wanted_kinds),
        *((None, i) for i in wanted),
    ]
    field.places = [
        there.get((kind, i)) or FieldPlace(kind=kind, category_id=i) for kind, i in asked
    ]
    words = [str(kind.word) for kind in wanted_kinds] + [names[i] for i in wanted]
    text = _("Porté par : %(w)s", w=", ".join(words) or _("tous les biens"))
    trail.note(session, field, {"kind": "change", "text": text})
    session.flush()


@verb(
    FieldDefinition,
    _l("Renommer"),
    "pencil",
    name="rename",
    path="choice",
    right="edit",
    doors=Door.DESK,
    asks={"old": Ask(limit=200, required=False), "new": Ask(required=False)},
    said=lambda row, made, values: _(
        "« %(o)s » s’appelle maintenant « %(n)s ».", o=values["old"], n=values["new"]
    ),
)
def rename_choice(session: Session, field: FieldDefinition, *, old: str, new: str) -> int:
    """Give a choice another word, in the list and on every record; how many records there were.

    Raises:
        InvalidInput: no such choice, the new word is empty or taken.
    """
    new = new.strip()
    if old not in field.choice_list:
        raise InvalidInput(_("Ce choix n’existe pas."), {"old": _("Introuvable.")})
    if not new or "\n" in new or len(new) > 200:
        raise InvalidInput(_("Donnez le nouveau mot."), {"new": _("À renseigner.")})
    if new != old and new in field.choice_list:
        raise InvalidInput(_("« %(c)s » est déjà dans la liste.", c=new), {"new": _("Déjà là.")})
    field.choices = "\n".join(new if choice == old else choice for choice in field.choice_list)
    if field.default_value == old:
        field.default_value = new
    _check_choices(field)
    session.flush()
    changed: Any = session.execute(
        sql_update(FieldValue)
        .where(FieldValue.field_id == field.id, FieldValue.value_text == old)
        .values(value_text=new)
        .execution_options(synchronize_session=False)
    )
    text = _(
        "Choix « %(o)s » renommé « %(n)s » (%(c)s)", o=old, n=new, c=how_many(int(changed.rowcount))
    )
    trail.note(session, field, {"kind": "change", "text": text})
    session.expire_all()
    return int(changed.rowcount)


def reorder(session: Session, ordered: Sequence[FieldDefinition]) -> None:
    """Let the fields stand in this order on every screen."""
    for position, field in enumerate(ordered, 1):
        field.position = position
    session.flush()


@puts_away(
    FieldDefinition,
    lambda row: _("« %(n)s » n’est plus proposé ; ses valeurs restent lisibles.", n=row.label),
    right="edit",
    asks={"on": Ask(at=NOWHERE)},
)
def archive_field(session: Session, field: FieldDefinition, *, on: date | None = None) -> None:
    """Take a field out of forms, lists and imports; the values it has stay and are shown.

    From the day ``on``, or today.

    Raises:
        TransitionRefused: it is archived; the day of that stays.
    """
    put_away.require_listed(field, field.label)
    field.archived_on = on or clock.today()
    session.flush()


def remove_field(session: Session, field: FieldDefinition) -> None:
    """Delete a field that nobody has filled.

    Raises:
        FieldInUse: records have values; it can be archived.
    """
    if count := values_count(session, FieldValue.field_id == field.id):
        raise FieldInUse(
            _(
                "Le champ « %(l)s » ne se supprime pas, il a une valeur dans %(n)s. Archivez-le : "
                "les valeurs resteront lisibles.",
                n=how_many(count),
                l=field.label,
            )
        )
    session.delete(field)
    session.flush()
