"""How a row becomes an asset: its kind, category, place, and what would change.

Planning only reads. Rows may stand in any order: a parent may come after its children, and a
row whose parent is refused is refused with it.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import inspect

from base.basics.folding import code_key
from base.basics.i18n import _
from base.desk.imports import Effect, Record
from patrimoine import domain, services
from patrimoine.domain.fields import TypedValue
from patrimoine.imports import lookup
from patrimoine.imports.columns import FIELD
from patrimoine.imports.describing import guessed, refuse_departed
from patrimoine.imports.field_planning import plan_fields
from patrimoine.imports.lookup import CategoryRow, Known
from patrimoine.imports.placing import Placing, Planned
from patrimoine.models import KIND_MODELS

#: Columns of a file that are not columns of an asset.
_LINKS = {"code", "kind", "category", "parent", "location", "service"}
OWN: dict[domain.Kind, frozenset[str]] = {
    kind: frozenset(a.key for a in inspect(model).column_attrs)
    for kind, model in KIND_MODELS.items()
}


def _category_of(planned: Planned) -> int | str | None:
    """The category an asset will have; the words of one that is still to be made."""
    if planned.new_category is not None:
        return domain.plain(planned.new_category)
    return planned.category_id or (planned.known.category_id if planned.known else None)


@dataclass
class Plan(Placing):
    """The planning of one file."""

    #: Id of an asset that a row is -> its present values.
    present: dict[int, dict[str, Any]] = field(default_factory=dict)
    #: Category in use, service -> its name.
    category_names: dict[int, str] = field(default_factory=dict)
    service_names: dict[int, str] = field(default_factory=dict)
    #: Kind and columns of a row -> those of them that such an asset has not.
    _strange: dict[tuple[domain.Kind, tuple[str, ...]], list[str]] = field(default_factory=dict)

    def run(self) -> None:
        """Set the effect of every row."""
        self._match()
        self._describe()
        plan_fields(self.session, self.entity_id, self.records)
        self._refuse_taken()
        refuse_departed(self.session, self.records, self.present)
        self.place()
        self._compare()

    # --- which asset a row is ----------------------------------------------------------

    def _match(self) -> None:
        keys = {r.number: code_key(c) for r in self.records if (c := r.values.get("code"))}
        by_code = lookup.by_keys(self.session, self.entity_id, set(keys.values()))
        nameless = [r for r in self.records if not r.values.get("code")]
        owned = {
            key: lookup.owners(
                self.session, self.entity_id, key, (r.values.get(key) for r in nameless)
            )
            for key in lookup.UNIQUE
            if any(r.values.get(key) for r in nameless)
        }
        owner_ids = {
            owned[key][value]
            for r in nameless
            for key in owned
            if (value := r.values.get(key)) in owned[key]
        }
        by_id = lookup.by_ids(self.session, self.entity_id, owner_ids)
        by_name = lookup.by_names(
            self.session,
            self.entity_id,
            (n for r in nameless if (n := r.values.get("name"))),
        )
        for record in self.records:
            code = record.values.get("code")
            if code:
                known = by_code.get(keys[record.number])
            else:
                known = self._nameless(record, owned, by_id, by_name)
            if not record.accepted:
                continue
            kind = self.fixed_kind or (known.kind if known is not None else None)
            planned = Planned(kind or domain.Kind.EQUIPMENT, code or f"#{record.number}", known)
            record.extra = planned
            self.by_key[planned.key] = record
            self.by_code[keys.get(record.number) or planned.key] = planned.key
            if known is not None:
                record.record_id, record.version = known.id, known.version
                if known.is_archived:
                    record.refuse(_("Ce bien est archivé : restaurez-le d’abord."), "code")
                elif self.fixed_kind is not None and known.kind is not self.fixed_kind:
                    record.refuse(self._other_kind(known), "code")
            elif not record.values.get("name"):
                self._name(record)

    def _nameless(
        self,
        record: Record,
        owned: dict[str, dict[Any, int]],
        by_id: dict[int, Known],
        by_name: dict[str, list[Known]],
    ) -> Known | None:
        """The asset of a row without inventory number: by plate, VIN, parcel, then by name."""
        numbered = False
        for key, owners in owned.items():
            value = record.values.get(key)
            numbered = numbered or value is not None
            if value in owners:
                return by_id.get(owners[value])
        name = record.values.get("name")
        if numbered or not name:
            return None
        same = by_name.get(domain.sort_key(name), [])
        if len(same) > 1:
            record.refuse(
                _("Plusieurs biens s’appellent « %(n)s » : donnez le n° d’inventaire.", n=name),
                "name",
            )
        return same[0] if len(same) == 1 else None

    def _name(self, record: Record) -> None:
        """A name for a new asset that has none, from what is known of it."""
        values = record.values
        words = " ".join(v for k in ("brand", "model") if (v := values.get(k)))
        found = words or domain.show_plate(values.get("plate") or "") or values.get("category")
        if found:
            values["name"] = found
        else:
            record.refuse(_("Le nom est vide."), "name")

    def _other_kind(self, known: Known) -> str:
        return _(
            "« %(c)s » est déjà un bien de nature « %(k)s » : la nature ne change pas.",
            c=known.code,
            k=str(known.kind.word).lower(),
        )

    # --- kind, category, service ---------------------------------------------------------

    def _describe(self) -> None:
        categories = lookup.categories(self.session)
        self.category_names = {row.id: row.name for rows in categories.values() for row in rows}
        services, self.service_names = lookup.services(self.session, self.entity_id)
        for record in self.records:
            if not record.accepted:
                continue
            self._category(record, categories)
            word = record.values.get("service")
            if word:
                found = services.get(domain.plain(word))
                if found is None:
                    record.refuse(
                        _("Le service « %(s)s » n’existe pas dans cette entité.", s=word),
                        "service",
                    )
                record.extra.service_id = found
                record.values["service"] = self.service_names.get(found or 0, word)
            if record.accepted:
                self._refuse_strange(record)

    def _category(self, record: Record, categories: dict[str, list[CategoryRow]]) -> None:
        planned: Planned = record.extra
        asked = record.values.get("kind")
        word = record.values.get("category")
        fixed = self.fixed_kind or (planned.known.kind if planned.known else None)
        if asked is not None and fixed is not None and asked is not fixed:
            record.refuse(
                self._other_kind(planned.known)
                if planned.known
                else _("Ce fichier est celui des biens d’une autre nature."),
                "kind",
            )
            return
        kind = fixed or asked
        if word:
            rows = categories.get(domain.plain(word), [])
            fitting = [row for row in rows if kind is None or row.kind is kind]
            if fitting:
                planned.category_id = fitting[0].id
                record.values["category"] = fitting[0].name
                kind = kind or fitting[0].kind
            elif (named := domain.kind_named(word)) and kind in (None, named):
                kind = named
            elif rows:
                record.refuse(
                    _(
                        "La catégorie « %(c)s » est celle d’un bien de nature « %(k)s ».",
                        c=word,
                        k=str(rows[0].kind.word).lower(),
                    ),
                    "category",
                )
            else:
                planned.new_category = word
        planned.kind = kind or guessed(record.values)
        if planned.kind is domain.Kind.PARCEL and planned.known is None:
            if not record.values.get("cadastral_id"):
                record.refuse(_("Une parcelle demande son identifiant cadastral."), "cadastral_id")

    def _refuse_strange(self, record: Record) -> None:
        """A value that such an asset has no column for is said, not lost."""
        kind, values = record.extra.kind, record.values
        area = values.get("floor_area_m2")
        if kind is domain.Kind.ROOM and area is not None and not values.get("room_area_m2"):
            values["room_area_m2"] = values.pop("floor_area_m2")
        shape = kind, tuple(values)
        if (strange := self._strange.get(shape)) is None:
            taken = _LINKS | OWN[kind]
            strange = [key for key in values if key not in taken and not key.startswith(FIELD)]
            self._strange[shape] = strange
        for key in strange:
            if (value := values[key]) is not None:
                record.refuse(
                    _(
                        "« %(v)s » ne concerne pas un bien de nature « %(k)s ».",
                        v=value,
                        k=str(kind.word).lower(),
                    ),
                    key,
                )

    # --- numbers that are unique -----------------------------------------------------------

    def _refuse_taken(self) -> None:
        # A row that has another fault is asked too: its author reads all of them at once.
        known = [r for r in self.records if isinstance(r.extra, Planned)]
        self._read_present(known)
        for key in lookup.UNIQUE:
            rows = [r for r in known if r.values.get(key)]
            asked = (r.values[key] for r in rows if not self._keeps(r, key))
            taken = lookup.owners(self.session, self.entity_id, key, asked)
            owners = {value: {asset_id} for value, asset_id in taken.items()}
            self._refuse_twice(key, [(r, r.values[key], r.values[key]) for r in rows], owners)
        # A serial number is its category's: an asset takes it along into another one.
        numbered = [(r, number) for r in known if (number := self._serial(r))]
        serials = lookup.serials(
            self.session,
            self.entity_id,
            (number for r, number in numbered if not self._keeps(r, "serial_number")),
        )
        self._refuse_twice(
            "serial_number",
            [(r, (_category_of(r.extra), code_key(number)), number) for r, number in numbered],
            serials,
        )

    def _serial(self, record: Record) -> str | None:
        """The serial number that an asset will have; None of one that stays where it is."""
        told: str | None = record.values.get("serial_number")
        known = record.extra.known
        if told or known is None or _category_of(record.extra) == known.category_id:
            return told
        return self.present[known.id].get("serial_number")

    def _keeps(self, record: Record, key: str) -> bool:
        """Whether an asset keeps the number that it has: who else has one is no question."""
        planned: Planned = record.extra
        if planned.known is None or _category_of(planned) != planned.known.category_id:
            return False
        return bool(self.present[planned.known.id].get(key) == record.values.get(key))

    def _read_present(self, records: Sequence[Record]) -> None:
        """Read what the assets of these rows hold now, of the columns of the file."""
        existing = [r.extra.known for r in records if r.extra.known is not None]
        keys = dict.fromkeys(
            key
            for key in itertools.chain.from_iterable(r.values for r in records)
            if key not in _LINKS and not key.startswith(FIELD)
        )
        more = ("service_id", "serial_number")
        self.present = lookup.columns_of(self.session, existing, (*keys, *more))

    def _refuse_twice(
        self,
        key: str,
        rows: Sequence[tuple[Record, Any, Any]],
        taken: dict[Any, set[int]],
    ) -> None:
        """Refuse a number (row, what it is compared by, as it is shown) that another has."""
        first: dict[Any, int] = {}
        clashes = {
            min(taken[value])
            for record, value, _shown in rows
            if value in taken and record.record_id not in taken[value]
        }
        others = lookup.by_ids(self.session, self.entity_id, clashes)
        for record, value, shown in rows:
            if value in taken and record.record_id not in taken[value]:
                other = others[min(taken[value])]
                record.refuse(services.taken_sentence(key, shown, other.name, other.code), key)
            elif (
                record.accepted
                and (earlier := first.setdefault(value, record.number)) != record.number
            ):
                record.refuse(
                    _(
                        "« %(v)s » est déjà à la ligne %(n)d de ce fichier.",
                        v=shown,
                        n=earlier,
                    ),
                    key,
                )

    # --- what would change ---------------------------------------------------------------

    def _compare(self) -> None:
        rows = [r for r in self.records if r.accepted]
        existing = [r.extra.known for r in rows if r.extra.known is not None]
        keys = dict.fromkeys(itertools.chain.from_iterable(r.values for r in rows))
        #: Column of a custom field -> its id; a field that is still to be made has none.
        numbered = {
            k: int(n) for k in keys if k.startswith(FIELD) and (n := k[len(FIELD) :]).isdecimal()
        }
        fields = lookup.field_values(
            self.session, [k.id for k in existing], list(numbered.values())
        )
        parents = lookup.by_ids(
            self.session, self.entity_id, (k.parent_id for k in existing if k.parent_id)
        )
        for record in rows:
            known = record.extra.known
            if known is None:
                record.creates(record.values)
                continue
            old = self.present[known.id]
            pairs: dict[str, tuple[Any, Any]] = {}
            for key, value in record.values.items():
                if value is None or key in _LINKS:
                    continue
                if key in numbered:
                    before = fields.get((known.id, numbered[key]))
                else:
                    before = old.get(key)
                if before != value and not (
                    key.startswith(FIELD) and before is None and value == TypedValue()
                ):
                    pairs[key] = (before, value)
            self._compare_links(record, old, parents, pairs)
            record.changes = pairs
            record.effect = Effect.UPDATED if pairs else Effect.UNCHANGED

    def _compare_links(
        self,
        record: Record,
        old: dict[str, Any],
        parents: dict[int, Known],
        pairs: dict[str, tuple[Any, Any]],
    ) -> None:
        planned: Planned = record.extra
        known = planned.known
        if known is None:
            return
        if planned.new_category or planned.category_id not in (None, known.category_id):
            former = self.category_names.get(known.category_id or 0)
            pairs["category"] = (former, record.values["category"])
        planned.former_service_id = old.get("service_id")
        if planned.service_id not in (None, planned.former_service_id):
            former = self.service_names.get(planned.former_service_id or 0)
            pairs["service"] = (former, record.values["service"])
        if not planned.placed:
            return
        before = parents.get(known.parent_id) if known.parent_id else None
        above = self.by_key.get(planned.parent_key) if planned.parent_key else None
        target = planned.parent or (above.extra.known if above is not None else None)
        if target is None or before is None or target.id != before.id:
            planned.moves = True
            word = record.values.get("parent") or record.values.get("location")
            pairs["parent"] = (before.code if before else None, word)
