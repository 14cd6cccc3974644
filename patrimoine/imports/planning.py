"""How a row becomes an asset: its kind, category, place, and what would change.

Planning only reads. Rows may stand in any order: a parent may come after its children, and a
row whose parent is refused is refused with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import inspect

from base.basics.folding import code_key
from base.basics.i18n import _
from base.basics.sessions import Session
from base.desk.imports import Effect, Record
from patrimoine import domain, services
from patrimoine.domain.fields import TypedValue
from patrimoine.imports import lookup
from patrimoine.imports.columns import FIELD
from patrimoine.imports.field_planning import FieldPlan
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


def _value(key: str) -> Callable[[Record], Any]:
    return lambda record: record.values[key]


class Plan:
    """The planning of one file."""

    def __init__(
        self,
        session: Session,
        entity_id: int,
        records: Sequence[Record],
        fixed_kind: domain.Kind | None,
        *,
        create_places: bool = False,
    ) -> None:
        self.create_places = create_places
        self.session = session
        self.entity_id = entity_id
        self.records = records
        self.fixed_kind = fixed_kind
        self.by_key: dict[str, Record] = {}
        #: Key of a code -> the row's own name, which is the code as the file writes it.
        self.by_code: dict[str, str] = {}
        self.names: dict[str, list[str]] = {}

    def run(self) -> None:
        """Set the effect of every row."""
        self._match()
        self._describe()
        FieldPlan(self.session, self.entity_id, self.records).run()
        self._refuse_taken()
        Placing(
            self.session,
            self.entity_id,
            self.records,
            self.by_key,
            self.names,
            self.by_code,
            create_places=self.create_places,
        ).run()
        self._compare()

    # --- which asset a row is ----------------------------------------------------------

    def _match(self) -> None:
        codes = {code for r in self.records if (code := r.values.get("code"))}
        by_code = lookup.by_codes(self.session, self.entity_id, codes)
        owned = {
            key: lookup.owners(
                self.session, self.entity_id, key, (r.values.get(key) for r in self.records)
            )
            for key in lookup.UNIQUE
            if any(r.values.get(key) for r in self.records)
        }
        nameless = [r for r in self.records if not r.values.get("code")]
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
                known = by_code.get(code_key(code))
            else:
                known = self._nameless(record, owned, by_id, by_name)
            if not record.accepted:
                continue
            kind = self.fixed_kind or (known.kind if known is not None else None)
            planned = Planned(kind or domain.Kind.EQUIPMENT, code or f"#{record.number}", known)
            record.extra = planned
            self.by_key[planned.key] = record
            self.by_code[code_key(planned.key)] = planned.key
            if known is not None:
                record.record_id, record.version = known.id, known.version
                if known.is_archived:
                    record.refuse(_("Ce bien est archivé : restaurez-le d’abord."), "code")
                elif self.fixed_kind is not None and known.kind is not self.fixed_kind:
                    record.refuse(self._other_kind(known), "code")
            elif not record.values.get("name"):
                self._name(record)
            if name := record.values.get("name"):
                self.names.setdefault(domain.sort_key(name), []).append(planned.key)

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
        services = lookup.services(self.session, self.entity_id)
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
        planned.kind = kind or self._guess(record)
        if planned.kind is domain.Kind.PARCEL and planned.known is None:
            if not record.values.get("cadastral_id"):
                record.refuse(_("Une parcelle demande son identifiant cadastral."), "cadastral_id")

    def _guess(self, record: Record) -> domain.Kind:
        values = record.values
        for key, kind in (
            ("plate", domain.Kind.VEHICLE),
            ("vin", domain.Kind.VEHICLE),
            ("cadastral_id", domain.Kind.PARCEL),
            ("rnb_id", domain.Kind.BUILDING),
            ("floor_area_m2", domain.Kind.BUILDING),
            ("address", domain.Kind.SITE),
            ("city", domain.Kind.SITE),
            ("level", domain.Kind.FLOOR),
            ("size", domain.Kind.PERSONAL_EQUIPMENT),
        ):
            if values.get(key) is not None:
                return kind
        return domain.Kind.EQUIPMENT

    def _refuse_strange(self, record: Record) -> None:
        """A value that such an asset has no column for is said, not lost."""
        kind = record.extra.kind
        values = record.values
        area = values.get("floor_area_m2")
        if kind is domain.Kind.ROOM and area is not None and not values.get("room_area_m2"):
            values["room_area_m2"] = values.pop("floor_area_m2")
        for key, value in values.items():
            if value is None or key in _LINKS or key.startswith(FIELD) or key in OWN[kind]:
                continue
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
        for key in lookup.UNIQUE:
            rows = [r for r in known if r.values.get(key)]
            taken = lookup.owners(self.session, self.entity_id, key, (r.values[key] for r in rows))
            owners = {value: {asset_id} for value, asset_id in taken.items()}
            self._refuse_twice(rows, key, owners, _value(key))
        rows = [r for r in known if r.values.get("serial_number")]
        serials = lookup.serials(
            self.session, self.entity_id, (r.values["serial_number"] for r in rows)
        )
        self._refuse_twice(
            rows,
            "serial_number",
            serials,
            lambda record: (_category_of(record.extra), code_key(record.values["serial_number"])),
        )

    def _refuse_twice(
        self,
        rows: Sequence[Record],
        key: str,
        taken: dict[Any, set[int]],
        value_of: Callable[[Record], Any],
    ) -> None:
        first: dict[Any, int] = {}
        clashes = {
            min(taken[value])
            for record in rows
            if (value := value_of(record)) in taken and record.record_id not in taken[value]
        }
        others = lookup.by_ids(self.session, self.entity_id, clashes)
        for record in rows:
            value = value_of(record)
            if value in taken and record.record_id not in taken[value]:
                other = others[min(taken[value])]
                shown = record.values[key]
                record.refuse(services.taken_sentence(key, shown, other.name, other.code), key)
            elif (
                record.accepted
                and (earlier := first.setdefault(value, record.number)) != record.number
            ):
                record.refuse(
                    _(
                        "« %(v)s » est déjà à la ligne %(n)d de ce fichier.",
                        v=record.values[key],
                        n=earlier,
                    ),
                    key,
                )

    # --- what would change ---------------------------------------------------------------

    def _compare(self) -> None:
        rows = [r for r in self.records if r.accepted]
        existing = [r.extra.known for r in rows if r.extra.known is not None]
        keys = list(dict.fromkeys(k for r in rows for k in r.values if k not in _LINKS))
        plain = [key for key in keys if not key.startswith(FIELD)]
        present = lookup.columns_of(self.session, existing, (*plain, "service_id"))
        field_ids = [int(k[len(FIELD) :]) for k in keys if k[len(FIELD) :].isdigit()]
        fields = lookup.field_values(self.session, [k.id for k in existing], field_ids)
        parents = lookup.by_ids(
            self.session, self.entity_id, (k.parent_id for k in existing if k.parent_id)
        )
        for record in rows:
            known = record.extra.known
            new = {k: v for k, v in record.values.items() if v is not None}
            if known is None:
                record.creates(new)
                continue
            old = present[known.id]
            pairs: dict[str, tuple[Any, Any]] = {}
            for key, value in new.items():
                if key in _LINKS:
                    continue
                before = (
                    fields.get((known.id, int(key[len(FIELD) :])))
                    if key[len(FIELD) :].isdigit()
                    else old.get(key)
                )
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
            pairs["category"] = (None, record.values["category"])
        planned.former_service_id = old.get("service_id")
        if planned.service_id not in (None, planned.former_service_id):
            pairs["service"] = (None, record.values["service"])
        if not planned.placed:
            return
        before = parents.get(known.parent_id) if known.parent_id else None
        above = self.by_key.get(planned.parent_key) if planned.parent_key else None
        target = planned.parent or (above.extra.known if above is not None else None)
        if target is None or before is None or target.id != before.id:
            planned.moves = True
            word = record.values.get("parent") or record.values.get("location")
            pairs["parent"] = (before.code if before else None, word)
