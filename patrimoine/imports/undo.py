"""How an import of assets is taken back: columns, places, fields and shapes return."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import class_mapper

from base.basics import clock
from base.basics.errors import DomainError
from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.desk.imports.undo import Fate, Step, Undoer, undoes
from base.desk.imports.undo.declaration import chunks, default_of, typed
from base.desk.imports.undo.looking import CALLED
from patrimoine import domain, services
from patrimoine.domain.fields import TypedValue
from patrimoine.imports import lookup
from patrimoine.imports.columns import FIELD
from patrimoine.models import (
    KIND_MODELS,
    Asset,
    AssetMove,
    Category,
    FieldDefinition,
    FieldPlace,
    FieldValue,
    Geometry,
)
from patrimoine.services import bulk, removing

#: Name under which an import remembers a shape: its digest, or the GeoJSON that was there.
SHAPE = "geometry"


def shape_digest(geojson: str) -> str:
    """What tells two shapes apart in few characters."""
    return hashlib.sha256(geojson.encode()).hexdigest()


def remembered_field(value: TypedValue | None) -> list[Any] | None:
    """A custom value as an import remembers it; None when there was none."""
    return None if value is None or value == TypedValue() else list(value)


class AssetUndoer(Undoer):
    """Assets of all kinds."""

    model = Asset
    order = 40
    owned = (AssetMove, Geometry)
    called = _l("un autre bien")

    def current(self, session: Session, steps: Sequence[Step]) -> dict[int, dict[str, Any]]:
        """Columns of the kind, custom fields and the digest of the shape."""
        kinds: dict[domain.Kind, list[int]] = {}
        for ids in chunks(step.record_id for step in steps):
            for asset_id, kind in session.execute(
                select(Asset.id, Asset.kind).where(Asset.id.in_(ids))
            ):
                kinds.setdefault(domain.Kind(kind), []).append(asset_id)
        found: dict[int, dict[str, Any]] = {}
        for kind, assets in kinds.items():
            model: Any = KIND_MODELS[kind]
            names = list(dict.fromkeys(("name", *bulk.tracked_of(kind))))
            columns = [getattr(model, name) for name in names]
            for ids in chunks(assets):
                for key, *values in session.execute(
                    select(model.id, *columns).where(model.id.in_(ids), Asset.id.in_(ids))
                ):
                    found[key] = {**dict(zip(names, values, strict=True)), "kind": kind}
        for step in steps:
            if step.record_id in found:
                found[step.record_id].update(
                    {key: None for key in step.changes if key.startswith(FIELD)}
                )
        self._fields(session, found)
        self._shapes(session, found)
        return found

    @staticmethod
    def _fields(session: Session, found: dict[int, dict[str, Any]]) -> None:
        definitions = list(session.scalars(select(FieldDefinition.id)))
        for (asset_id, number), value in lookup.field_values(session, found, definitions).items():
            found[asset_id][f"{FIELD}{number}"] = value

    @staticmethod
    def _shapes(session: Session, found: dict[int, dict[str, Any]]) -> None:
        for row in found.values():
            row[SHAPE] = None
        for ids in chunks(found):
            for asset_id, geojson in session.execute(
                select(Geometry.asset_id, Geometry.geojson).where(Geometry.asset_id.in_(ids))
            ):
                found[asset_id][SHAPE] = shape_digest(geojson)

    def watched(self, row: Mapping[str, Any]) -> Sequence[str]:
        """All that was read, the kind aside."""
        return [key for key in row if key != "kind"]

    def typed(self, key: str, plain: Any, row: Mapping[str, Any]) -> Any:
        """A value as ``current`` gives it."""
        if key.startswith(FIELD):
            return _typed_field(plain)
        if key == SHAPE:
            return plain if plain is None or len(plain) == _DIGEST else shape_digest(plain)
        return typed(class_mapper(KIND_MODELS[row["kind"]]), key, plain)

    def unset(self, key: str, row: Mapping[str, Any]) -> Any:
        """The default of the kind's column."""
        if key.startswith(FIELD) or key == SHAPE:
            return None
        return default_of(class_mapper(KIND_MODELS[row["kind"]]), key)

    def words_of(self, key: str) -> str:
        """An attribute as people read it."""
        if key.startswith(FIELD):
            return str(_("champ libre"))
        return str(_("contour")) if key == SHAPE else super().words_of(key)

    def judge(self, session: Session, entity_id: int, steps: Sequence[Step]) -> None:
        """Keep values that another asset has taken, and places that are no place any more."""
        changed = [step for step in steps if step.back]
        for key in lookup.UNIQUE:
            mine = [step for step in changed if step.back.get(key)]
            taken = lookup.owners(session, entity_id, key, (step.back[key] for step in mine))
            for step in mine:
                if taken.get(step.back[key], step.record_id) != step.record_id:
                    _leave(
                        step, key, _("%(w)s est à présent sur un autre bien", w=self.words_of(key))
                    )
        parents = {step.back["parent_id"] for step in changed if step.back.get("parent_id")}
        known = lookup.by_ids(session, entity_id, parents)
        for step in changed:
            if (parent_id := step.back.get("parent_id")) is None:
                continue
            parent = known.get(parent_id)
            if parent is None or parent.is_archived:
                _leave(step, "parent_id", _("l’emplacement d’avant n’est plus en service"))

    def remove(self, session: Session, entity_id: int, steps: Sequence[Step]) -> None:
        """Out of the register, in few statements."""
        removing.remove_many(session, [step.record_id for step in steps], entity_id=entity_id)

    def restore(self, session: Session, entity_id: int, steps: Sequence[Step]) -> None:
        """Columns and fields at once; places one by one, by their verb."""
        ids = [step.record_id for step in steps]
        known = lookup.by_ids(session, entity_id, ids)
        present = lookup.columns_of(session, list(known.values()), ())
        rows = self.current(session, steps)
        labels = dict(session.execute(select(FieldDefinition.id, FieldDefinition.label)).all())
        changes = [
            _change(
                step,
                known[step.record_id].kind,
                rows[step.record_id],
                present[step.record_id],
                labels,
            )
            for step in steps
            if set(step.back) - {"parent_id"}
        ]
        bulk.update_many(session, changes, entity_id=entity_id)
        self._drop_shapes(session, steps)
        session.flush()
        self._move(session, [step for step in steps if "parent_id" in step.back])

    @staticmethod
    def _drop_shapes(session: Session, steps: Sequence[Step]) -> None:
        for step in steps:
            if SHAPE in step.back and step.changes[SHAPE][0] is None:
                services.drop_geometry(session, session.get_one(Asset, step.record_id))

    @staticmethod
    def _move(session: Session, steps: Sequence[Step]) -> None:
        """Two that were swapped wait for each other: go round until nothing moves."""
        waiting = list(steps)
        while waiting:
            refused: list[tuple[Step, DomainError]] = []
            for step in waiting:
                parent_id = step.back["parent_id"]
                asset = session.get_one(Asset, step.record_id)
                parent = None if parent_id is None else session.get(Asset, parent_id)
                try:
                    services.move(
                        session, asset, parent=parent, on=clock.today(), reason=_("Import annulé")
                    )
                except DomainError as refusal:
                    refused.append((step, refusal))
            if len(refused) == len(waiting):
                for step, fault in refused:
                    _leave(step, "parent_id", str(fault).rstrip("."))
                return
            waiting = [step for step, _fault in refused]


_DIGEST = 64


def _typed_field(plain: Any) -> TypedValue | None:
    if plain is None:
        return None
    text, number, day, *links = plain
    mapper = class_mapper(FieldValue)
    return TypedValue(
        text, typed(mapper, "value_number", number), typed(mapper, "value_on", day), *links
    )


def _leave(step: Step, key: str, reason: str) -> None:
    """Do not put one value back; the others return."""
    del step.back[key]
    step.reasons.append(reason)
    step.fate = Fate.PARTLY if step.back else Fate.KEPT


def _change(
    step: Step,
    kind: domain.Kind,
    row: Mapping[str, Any],
    present: Mapping[str, Any],
    labels: Mapping[int, str],
) -> bulk.Change:
    columns = {
        key: (row[key], value)
        for key, value in step.back.items()
        if key not in ("parent_id", SHAPE) and not key.startswith(FIELD)
    }
    fields = {}
    for key, value in step.back.items():
        if key.startswith(FIELD):
            number = int(key[len(FIELD) :])
            fields[number] = (
                labels.get(number, ""),
                row[key] or TypedValue(),
                value or TypedValue(),
            )
    shape = None
    if SHAPE in step.back and (former := step.changes[SHAPE][0]) is not None:
        shape = domain.read_geometry(json.loads(former))
    after = {**present, **{key: new for key, (_old, new) in columns.items()}}
    return bulk.Change(step.record_id, kind, columns, after, fields, shape)


class CategoryUndoer(Undoer):
    """Categories that a file named first."""

    model = Category
    order = 20
    common = True
    called = _l("une catégorie")


class FieldUndoer(Undoer):
    """Custom fields that a header announced."""

    model = FieldDefinition
    order = 20
    common = True
    owned = (FieldValue, FieldPlace)

    def remove(self, session: Session, entity_id: int, steps: Sequence[Step]) -> None:
        """Refuse while a value is left; by now those of the import are gone."""
        for step, row in self.rows(session, steps):
            used = select(FieldValue.id).where(FieldValue.field_id == step.record_id).limit(1)
            if session.scalar(used) is not None:
                raise DomainError(_("des fiches ont une valeur dans ce champ"))
            session.delete(row)
        session.flush()


CALLED.update(
    {
        "patrimoine_tag": _l("une étiquette"),
        "patrimoine_tag_report": _l("un signalement"),
        "patrimoine_cost_line": _l("un coût"),
    }
)
undoes(AssetUndoer())
undoes(CategoryUndoer())
undoes(FieldUndoer())
