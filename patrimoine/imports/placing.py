"""Where the rows of a file stand in the tree: parents by number or name, in any order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from base.basics.folding import code_key
from base.basics.i18n import _
from base.basics.sessions import Session
from base.desk.imports import Fault, Record
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


#: What parts the steps of a path: "Site > Bâtiment > Salle".
_STEPS = re.compile(r"\s*[>›→]\s*|\s+/\s+|\s*\\\s*|(?<=\w)/(?=\w)")


def path_parts(word: str) -> list[str]:
    """The steps of a path, from the top; empty when the word is no path."""
    parts = [part.strip() for part in _STEPS.split(word)]
    return parts if len(parts) > 1 and all(parts) else []


@dataclass(frozen=True)
class MissingPlace(Fault):
    """A place that nobody knows: a person may ask to have it made."""

    word: str = ""


class Placing:
    """The places of the rows of one file."""

    def __init__(
        self,
        session: Session,
        entity_id: int,
        records: Sequence[Record],
        by_key: dict[str, Record],
        names: dict[str, list[str]],
        by_code: dict[str, str],
        *,
        create_places: bool = False,
    ) -> None:
        self.session = session
        self.entity_id = entity_id
        self.records = records
        #: Rows by inventory number, or by "#12" until they have one.
        self.by_key = by_key
        #: Keys of rows by the sort key of their name.
        self.names = names
        #: Keys of rows by the key of their code.
        self.by_code = by_code
        #: Id of an asset -> the row of the file that says where it goes.
        self.placed: dict[int, Record] = {}
        #: A place that nobody knows becomes a site; else its row is refused.
        self.create_places = create_places

    def run(self) -> None:
        """Find the parent of every row, then refuse what makes no tree."""
        words = {
            word
            for r in self.records
            for key in ("parent", "location")
            if isinstance(r.extra, Planned) and (word := r.values.get(key))
        }
        parts = {part for word in words for part in path_parts(word)}
        self.known_codes = lookup.by_codes(self.session, self.entity_id, words | parts)
        self.known_names = lookup.by_names(self.session, self.entity_id, words | parts)
        for record in self.records:
            if not isinstance(record.extra, Planned):
                continue  # nobody knows which asset it is
            for key in ("parent", "location"):
                word = record.values.get(key)
                if word and not record.extra.placed:
                    self._resolve(record, key, word)
        self._check_tree()

    def _resolve(self, record: Record, key: str, word: str) -> None:
        planned: Planned = record.extra
        planned.placed = True
        found = self._called(word, record)
        parts = path_parts(word)
        if not found and parts:
            found = [one for one in self._called(parts[-1], record) if self._stands(one, parts)]
        if len(found) > 1:
            record.refuse(
                _("Plusieurs biens s’appellent « %(n)s » : donnez le n° d’inventaire.", n=word),
                key,
            )
        elif found and isinstance(found[0], Known):
            planned.parent = found[0]
        elif found:
            planned.parent_key = found[0]  # type: ignore[assignment]
        elif key == "location" and self.create_places and not parts:
            planned.new_site = word
        elif key == "location" and not parts:
            sentence = _(
                "Le lieu « %(w)s » n’existe pas : corrigez-le, créez-le d’abord, ou demandez à"
                " créer les lieux manquants.",
                w=word,
            )
            record.refuse(sentence, key)
            record.faults[-1] = MissingPlace(key, sentence, word=word)
        elif key == "location":
            record.refuse(_("Le chemin « %(w)s » ne mène à aucun lieu du registre.", w=word), key)
        else:
            record.refuse(
                _(
                    "« %(w)s » n’est ni un n° d’inventaire ni un nom du registre ou de ce fichier.",
                    w=word,
                ),
                key,
            )

    def _called(self, word: str, record: Record) -> list[Known | str]:
        """What a word is the number of, else the name of: assets of the register, rows by key."""
        planned: Planned = record.extra
        key = self.by_code.get(code_key(word))
        if key is not None and key != planned.key:
            return [key]
        if (known := self.known_codes.get(code_key(word))) and known.id != record.record_id:
            return [known]
        sort_key = domain.sort_key(word)
        in_file = [k for k in self.names.get(sort_key, ()) if k != planned.key]
        codes_here = {code_key(k) for k in in_file}
        in_register = [
            k
            for k in self.known_names.get(sort_key, ())
            if k.id != record.record_id and code_key(k.code) not in codes_here
        ]
        return [*in_file, *in_register]

    def _stands(self, place: Known | str, parts: Sequence[str]) -> bool:
        """Whether the place at the end of a path stands in all that the path names before it."""
        return all(
            any(self._is_below(place, above) for above in self._named(part)) for part in parts[:-1]
        )

    def _named(self, word: str) -> list[Known | str]:
        key = self.by_code.get(code_key(word))
        found: list[Known | str] = [key] if key is not None else []
        if (known := self.known_codes.get(code_key(word))) is not None:
            found.append(known)
        sort_key = domain.sort_key(word)
        return [*found, *self.names.get(sort_key, ()), *self.known_names.get(sort_key, ())]

    def _is_below(self, place: Known | str, above: Known | str) -> bool:
        if isinstance(place, Known):
            known = above if isinstance(above, Known) else self.by_key[above].extra.known
            return known is not None and known.id != place.id and place.path.startswith(known.path)
        seen: set[str] = set()
        while place not in seen:
            seen.add(place)
            record = self.by_key[place]
            word = record.values.get("parent") or record.values.get("location")
            if not word:
                known = record.extra.known
                return known is not None and self._is_below(known, above)
            ends = self._called((path_parts(word) or [word])[-1], record)
            if above in ends:
                return True
            if len(ends) != 1:
                return False
            if isinstance(ends[0], Known):
                return self._is_below(ends[0], above)
            place = ends[0]
        return False

    def _check_tree(self) -> None:
        parents = {key: r.extra.parent_key for key, r in self.by_key.items()}
        ordered, lost = tree.order_by_parent(parents)
        for key in lost:
            self.by_key[key].refuse(
                _("Ce bien serait rangé dans ce qu’il contient : les parents font une boucle."),
                "parent",
            )
        refused = True
        while refused:  # what stands nowhere takes with it what relied on its place
            refused = False
            self.placed = {
                r.extra.known.id: r
                for r in self.by_key.values()
                if r.accepted and r.extra.placed and r.extra.known is not None
            }
            for record in (self.by_key[key] for key in ordered):
                if record.accepted:
                    self._check_parent(record)
                    refused = refused or not record.accepted

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
                    k=str(planned.kind.word).lower(),
                    p=str(kind.word).lower(),
                ),
                "parent",
            )
        if planned.known is not None and self._stands_below(planned.known, record):
            record.refuse(
                _("Ce bien serait rangé dans ce qu’il contient : les parents font une boucle."),
                "parent",
            )

    def _stands_below(self, known: Known, record: Record) -> bool:
        """Whether an asset of the register would stand below itself once all rows are placed.

        Up from its new parent: by the row of the file that is placed, else by the register.
        """
        here: Record | None = record
        seen: set[int] = set()
        while here is not None:
            planned: Planned = here.extra
            above = self.by_key[planned.parent_key] if planned.parent_key is not None else None
            place = above.extra.known if above is not None else planned.parent
            if place is None:
                here = above
                continue
            here = None
            for asset_id in reversed(tree.line_ids(place.path)):
                if asset_id == known.id:
                    return True
                if asset_id in self.placed and asset_id not in seen:
                    seen.add(asset_id)
                    here = self.placed[asset_id]
                    break
        return False
