"""Where the rows of a file stand in the tree: parents by number or name, in any order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from base.i18n import _
from base.imports import Record
from patrimoine import domain
from patrimoine.domain import tree
from patrimoine.imports import lookup
from patrimoine.imports.lookup import Known


@dataclass(slots=True)
class Planned:
    """What planning found of one row, kept for the writing."""

    kind: domain.Kind
    #: The row's own name inside the file: its inventory number, or "#12" until it has one.
    key: str
    known: Known | None = None
    category_id: int | None = None
    #: Name of a category to be made.
    new_category: str | None = None
    service_id: int | None = None
    #: The service that the asset of the register had.
    former_service_id: int | None = None
    #: Where it goes: an asset of the register, a row of the file, or a site to be made.
    parent: Known | None = None
    parent_key: str | None = None
    new_site: str | None = None
    placed: bool = False
    moves: bool = False


class Placing:
    """The places of the rows of one file."""

    def __init__(
        self,
        session: Any,
        entity_id: int,
        records: Sequence[Record],
        by_key: dict[str, Record],
        names: dict[str, list[str]],
    ) -> None:
        self.session = session
        self.entity_id = entity_id
        self.records = records
        #: Rows by inventory number, or by "#12" until they have one.
        self.by_key = by_key
        #: Keys of rows by the sort key of their name.
        self.names = names

    def run(self) -> None:
        """Find the parent of every row, then refuse what makes no tree."""
        words = {
            word
            for r in self.records
            for key in ("parent", "location")
            if r.accepted and (word := r.values.get(key))
        }
        outside = {word for word in words if word not in self.by_key}
        by_code = lookup.by_codes(self.session, self.entity_id, outside)
        by_name = lookup.by_names(self.session, self.entity_id, outside)
        for record in self.records:
            if not record.accepted:
                continue
            for key in ("parent", "location"):
                word = record.values.get(key)
                if word and not record.extra.placed:
                    self._resolve(record, key, word, by_code, by_name)
        self._check_tree()

    def _resolve(
        self,
        record: Record,
        key: str,
        word: str,
        by_code: dict[str, Known],
        by_name: dict[str, list[Known]],
    ) -> None:
        planned: Planned = record.extra
        sort_key = domain.sort_key(word)
        in_file = [k for k in self.names.get(sort_key, ()) if k != planned.key]
        in_register = [k for k in by_name.get(sort_key, ()) if k.id != record.record_id]
        codes_here = {k for k in in_file}
        in_register = [k for k in in_register if k.code not in codes_here]
        planned.placed = True
        if word in self.by_key and word != planned.key:
            planned.parent_key = word
        elif word in by_code:
            planned.parent = by_code[word]
        elif len(in_file) + len(in_register) > 1:
            record.refuse(
                _("Plusieurs biens s’appellent « %(n)s » : donnez le n° d’inventaire.", n=word),
                key,
            )
        elif in_file:
            planned.parent_key = in_file[0]
        elif in_register:
            planned.parent = in_register[0]
        elif key == "location":
            planned.new_site = word
        else:
            record.refuse(
                _(
                    "« %(w)s » n’est ni un n° d’inventaire ni un nom du registre ou de ce fichier.",
                    w=word,
                ),
                key,
            )

    def _check_tree(self) -> None:
        parents = {key: r.extra.parent_key for key, r in self.by_key.items()}
        ordered, lost = tree.order_by_parent(parents)
        for key in lost:
            self.by_key[key].refuse(
                _("Ce bien serait rangé dans ce qu’il contient : les parents font une boucle."),
                "parent",
            )
        for key in ordered:
            record = self.by_key[key]
            if record.accepted:
                self._check_parent(record)

    def _check_parent(self, record: Record) -> None:
        planned: Planned = record.extra
        above: Record | None = None
        kind: domain.Kind | None = None
        if planned.parent_key is not None:
            above = self.by_key[planned.parent_key]
            if not above.accepted:
                record.refuse(
                    _("La ligne %(n)d, qui le contient, est rejetée.", n=above.number), "parent"
                )
                return
            kind = above.extra.kind
            planned.parent = above.extra.known
        elif planned.parent is not None:
            kind = planned.parent.kind
            if planned.parent.is_archived:
                record.refuse(_("« %(p)s » est archivé.", p=planned.parent.name), "parent")
        elif planned.new_site is not None:
            kind = domain.Kind.SITE
        if kind is not None and not domain.may_hold(kind, planned.kind):
            record.refuse(
                _(
                    "Un bien de nature « %(k)s » ne peut pas être rangé dans « %(p)s ».",
                    k=str(domain.KIND_LABELS[planned.kind]).lower(),
                    p=str(domain.KIND_LABELS[kind]).lower(),
                ),
                "parent",
            )
        if planned.known is not None and self._stands_below(planned.known, record):
            record.refuse(
                _("Ce bien serait rangé dans ce qu’il contient : les parents font une boucle."),
                "parent",
            )

    def _stands_below(self, known: Known, record: Record) -> bool:
        """Whether the new parent of an asset of the register stands in its own branch."""
        here: Record | None = record
        while here is not None and here.extra.parent_key is not None:
            here = self.by_key[here.extra.parent_key]
            if here.extra.known is not None and not here.extra.placed:
                return bool(here.extra.known.path.startswith(known.path))
        parent = here.extra.parent if here is not None else None
        return parent is not None and parent.path.startswith(known.path)
