"""What an import of assets writes, in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from base.basics import clock
from base.basics.i18n import _
from base.basics.sessions import Session
from base.desk.imports import Effect, Record, Stale
from base.desk.imports.engine import in_chunks
from base.rules.rights import retired
from base.store.models import Department
from patrimoine import domain, services
from patrimoine.domain.fields import FieldType, TypedValue, field_key
from patrimoine.imports import lookup
from patrimoine.imports.columns import FIELD
from patrimoine.imports.placing import Planned
from patrimoine.imports.planning import OWN
from patrimoine.imports.undo import remembered_field
from patrimoine.models import Asset, Category, FieldDefinition
from patrimoine.services import bulk


class Writing:
    """The writing of planned rows: first what they lack, then the assets, then the changes."""

    def __init__(self, session: Session, entity_id: int, records: Sequence[Record]) -> None:
        self.session = session
        self.entity_id = entity_id
        self.records = records
        self.created = [r for r in records if r.effect is Effect.CREATED]
        self.updated = [r for r in records if r.effect is Effect.UPDATED]
        #: Column key -> the field it fills.
        self.fields: dict[str, FieldDefinition] = {}
        #: Key of a row -> the inventory number it gets.
        self.codes: dict[str, str] = {}
        #: Name of a site to be made -> its inventory number.
        self.sites: dict[str, str] = {}

    def run(self) -> None:
        """Write everything; rows that were made know their ids afterwards."""
        self.refuse_stale()
        named = {r.extra.service_id for r in self.created}
        named |= {r.extra.service_id for r in self.updated if "service" in r.changes}
        retired.require_named(self.session, Department, named - {None})
        self._make_categories()
        self._make_fields()
        drafts = self._site_drafts()
        self._number()
        drafts += [self._draft(record) for record in self.created]
        ids = bulk.create_many(self.session, drafts, entity_id=self.entity_id, on=clock.today())
        for record in self.created:
            record.record_id = ids[self.codes[record.extra.key]]
        bulk.update_many(self.session, self._changes(), entity_id=self.entity_id)
        self._move(ids)

    def refuse_stale(self) -> None:
        """Raise when an asset changed since it was compared."""
        versions = {r.record_id: r.version for r in self.updated}
        now: dict[int, int] = {}
        for chunk in in_chunks(sorted(versions, key=lambda pk: pk or 0)):
            # In the order of ids, as everybody who holds several.
            rows = self.session.execute(
                select(Asset.id, Asset.version)
                .where(Asset.id.in_(chunk))
                .order_by(Asset.id)
                .with_for_update(of=Asset)
            )
            now.update((row.id, row.version) for row in rows)
        if now != versions:
            raise Stale(_("Une fiche a changé pendant l’import : recommencez."))

    def _make_categories(self) -> None:
        """Categories that the file names and nobody has: a class for those assets alone."""
        made: dict[tuple[str, domain.Kind], int] = {}
        taken = set(self.session.scalars(select(Category.code)))
        for record in self.records:
            planned: Planned = record.extra
            if planned.new_category is None:
                continue
            known = domain.plain(planned.new_category), planned.kind
            if known not in made:
                stem = field_key(planned.new_category)[:50] or "categorie"
                code, number = stem, 2
                while code in taken:
                    code, number = f"{stem}_{number}", number + 1
                taken.add(code)
                category = Category(code=code, name=planned.new_category, kind=planned.kind)
                self.session.add(category)
                self.session.flush()
                made[known] = category.id
            planned.category_id = made[known]

    def _make_fields(self) -> None:
        keys = dict.fromkeys(k for r in self.records for k in r.values if k.startswith(FIELD))
        if not keys:
            return
        by_id = {d.id: d for d in lookup.definitions(self.session)}
        by_key = {d.key: d for d in by_id.values()}
        for key in keys:
            word = key[len(FIELD) :]
            if word.isdecimal():
                self.fields[key] = by_id[int(word)]
                continue
            label = word.removeprefix("+")
            self.fields[key] = by_key.get(field_key(label)) or services.define_field(
                self.session,
                label=label,
                field_type=self._type_of(key),
                kinds=self._kinds_of(key),
            )

    def _kinds_of(self, key: str) -> list[domain.Kind]:
        """Where a new field stands: on the kinds of assets that the file fills it for."""
        filled = {r.extra.kind for r in self.records if r.values.get(key) is not None}
        return [kind for kind in domain.Kind if kind in filled]

    def _type_of(self, key: str) -> FieldType:
        """The type of a new field, from the first value that its column holds."""
        for record in self.records:
            value = record.values.get(key)
            if value is None:
                continue
            if value.number is not None:
                return FieldType.NUMBER
            return FieldType.DATE if value.day is not None else FieldType.TEXT
        return FieldType.TEXT

    def _site_drafts(self) -> list[bulk.Draft]:
        names = {
            domain.sort_key(site): site
            for r in self.records
            if (site := r.extra.new_site) is not None
        }
        if not names:
            return []
        kind = domain.Kind.SITE
        codes = services.next_codes(self.session, kind, len(names), entity_id=self.entity_id)
        self.sites = dict(zip(names, codes, strict=True))
        return [
            bulk.Draft(kind, {"code": self.sites[key], "name": name}) for key, name in names.items()
        ]

    def _number(self) -> None:
        """Inventory numbers for rows that bring none; a parcel has its own."""
        nameless: dict[domain.Kind, list[str]] = {}
        for record in self.created:
            planned: Planned = record.extra
            if not planned.key.startswith("#"):
                self.codes[planned.key] = planned.key
            elif planned.kind is domain.Kind.PARCEL:
                self.codes[planned.key] = record.values["cadastral_id"]
            else:
                nameless.setdefault(planned.kind, []).append(planned.key)
        for kind, keys in nameless.items():
            codes = services.next_codes(self.session, kind, len(keys), entity_id=self.entity_id)
            self.codes.update(zip(keys, codes, strict=True))

    def _draft(self, record: Record) -> bulk.Draft:
        planned: Planned = record.extra
        values = {k: v for k, v in record.values.items() if k in OWN[planned.kind]}
        values["code"] = self.codes[planned.key]
        values["category_id"] = planned.category_id
        values["service_id"] = planned.service_id
        if planned.kind is domain.Kind.PARCEL:
            values.update(services.parcel_parts(values["cadastral_id"]))
        parent_code = None
        if planned.new_site is not None:
            parent_code = self.sites[domain.sort_key(planned.new_site)]
        elif planned.parent is None and planned.parent_key is not None:
            parent_code = self.codes[planned.parent_key]
        fields = {
            self.fields[key].id: value
            for key, value in record.values.items()
            if key in self.fields and value is not None
        }
        for number, value in fields.items():
            record.more[f"{FIELD}{number}"] = None, remembered_field(value)
        return bulk.Draft(
            planned.kind,
            values,
            parent_code=parent_code,
            parent_id=planned.parent.id if planned.parent is not None else None,
            fields=fields,
        )

    def _changes(self) -> list[bulk.Change]:
        present = lookup.columns_of(self.session, [r.extra.known for r in self.updated], ())
        found = []
        for record in self.updated:
            planned: Planned = record.extra
            if planned.known is None:
                continue
            pairs = {k: v for k, v in record.changes.items() if k in OWN[planned.kind]}
            if "category" in record.changes:
                pairs["category_id"] = (planned.known.category_id, planned.category_id)
            if "service" in record.changes:
                pairs["service_id"] = (planned.former_service_id, planned.service_id)
            if "cadastral_id" in pairs:
                former, parts = (services.parcel_parts(v) for v in pairs["cadastral_id"])
                pairs.update({k: (former[k], v) for k, v in parts.items() if k != "cadastral_id"})
            typed = {
                self.fields[key].id: (self.fields[key].label, before or TypedValue(), after)
                for key, (before, after) in record.changes.items()
                if key in self.fields
            }
            for number, (_label, old, new) in typed.items():
                record.more[f"{FIELD}{number}"] = remembered_field(old), remembered_field(new)
            if pairs or typed:
                after = {k: new for k, (_old, new) in pairs.items()}
                found.append(
                    bulk.Change(
                        planned.known.id,
                        planned.kind,
                        pairs,
                        {**present[planned.known.id], **after},
                        typed,
                    )
                )
        return found

    def _move(self, ids: dict[str, int]) -> None:
        """Moves are few and each takes its branch along: one by one, by their verb."""
        targets: dict[int, int] = {}
        for record in self.updated:
            planned: Planned = record.extra
            if not planned.moves or planned.known is None:
                continue
            if planned.new_site is not None:
                targets[planned.known.id] = ids[self.sites[domain.sort_key(planned.new_site)]]
            elif planned.parent is not None:
                targets[planned.known.id] = planned.parent.id
            elif planned.parent_key is not None:
                targets[planned.known.id] = ids[self.codes[planned.parent_key]]
        assets: dict[int, Asset] = {}
        for chunk in in_chunks({*targets, *targets.values()}):
            found = self.session.scalars(select(Asset).where(Asset.id.in_(chunk)))
            assets.update((asset.id, asset) for asset in found)
        while targets:
            # What goes below something of its own branch waits until that one has left it.
            ready = [
                asset_id
                for asset_id, parent_id in targets.items()
                if not assets[parent_id].path.startswith(assets[asset_id].path)
            ]
            for asset_id in ready or list(targets):
                services.move(
                    self.session,
                    assets[asset_id],
                    parent=assets[targets.pop(asset_id)],
                    on=clock.today(),
                    reason=_("Import"),
                )
