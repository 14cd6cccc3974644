"""Suppliers and other third parties, from files."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import select

from base.basics.folding import code_key
from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.desk.imports.columns import column_from
from base.desk.imports.declaration import register
from base.desk.imports.rows import Record
from base.desk.imports.simple import ModelImporter
from base.desk.imports.undo import Undoer, undoes
from base.papers.tables import Column, values
from base.papers.tables.texts import fold
from base.rules.rights import retired
from base.store import identifier_columns
from base.store.models import Partner

retired.retires(Partner)


class SupplierImporter(ModelImporter):
    """Third parties found by their code, else by their SIRET, else by their name."""

    kind = "suppliers"
    title = _l("Fournisseurs")
    help = _l("Fournisseurs et autres tiers : nom, SIRET, coordonnées.")
    icon = "truck"
    model = Partner
    telling = ("siret", "vat_number")
    right = ("can_add", "PartnerView")

    def columns(self, session: Session, entity_id: int) -> Sequence[Column]:
        """The columns of such a file."""
        of = partial(column_from, Partner)
        return (
            of(
                "name",
                "raison sociale | fournisseur | tiers | company | supplier | vendor",
                required=True,
                help=_l("Raison sociale ou nom."),
            ),
            of(
                "code",
                "code tiers | code fournisseur | n° tiers | numéro de tiers | id",
                help=_l("Celui de la comptabilité ; fait à partir du nom s’il manque."),
            ),
            of("siret", help=_l("Quatorze chiffres.")),
            of(
                "vat_number",
                "tva intracommunautaire | vat | vat number | numéro tva",
                help=_l("FR, une clé de deux signes et le SIREN."),
            ),
            of("email", parse=values.email, help=_l("Adresse électronique.")),
            of("phone", help=_l("Tel qu’on le compose.")),
            of("address", help=_l("Sur une ligne.")),
        )

    def identity(self, record: Record) -> Any:
        """The code, else the SIRET, else the name."""
        for key in ("code", "siret", "name"):
            if (found := record.values.get(key)) is not None:
                return (fold(found) if key == "name" else code_key(found),)
        return None

    def resolve(self, session: Session, entity_id: int, records: Sequence[Record]) -> None:
        """Give a code to the rows that have none: the known one's, or one made of the name.

        Names are compared in Python: SQLite's own lower case knows no accents.
        """
        known = session.execute(
            select(Partner.code, Partner.name, Partner.siret, Partner.vat_number).where(
                Partner.entity_id == entity_id
            )
        ).all()
        by_siret = {row.siret: row.code for row in known if row.siret}
        by_name = {fold(row.name): row.code for row in known}
        stood = {row.code: {"siret": row.siret, "vat_number": row.vat_number} for row in known}
        #: Codes as they are spelled in the register, by how they are compared.
        spelled = {code_key(row.code): row.code for row in known}
        for record in records:
            if code := record.values.get("code"):
                record.values["code"] = spelled.setdefault(code_key(code), code)
        taken = set(spelled)
        for record in records:
            siret, name = record.values.get("siret"), fold(record.values.get("name") or "")
            if record.values.get("code") is None:
                code = by_siret.get(siret or "") or by_name.get(name) or _code_of(name, taken)
                record.values["code"] = code
                taken.add(code_key(code))
            code = record.values["code"]
            for key, why in identifier_columns.faults(Partner, record.values).items():
                # A number that stood before its key was asked blocks no other change.
                if record.values[key] != stood.get(code, {}).get(key):
                    record.refuse(why, key)
            if siret is not None and (owner := by_siret.setdefault(siret, code)) != code:
                record.refuse(
                    _(
                        "Le SIRET %(siret)s est déjà celui du tiers %(code)s.",
                        siret=siret,
                        code=owner,
                    ),
                    "siret",
                )


def _code_of(name: str, taken: set[Any]) -> str:
    """A short code made of a name: letters and digits, unique in the file."""
    stem = "".join(c for c in name.upper() if c.isascii() and c.isalnum())[:16] or "TIERS"
    code, number = stem, 1
    while code_key(code) in taken:
        number += 1
        code = f"{stem}{number}"
    return code


class PartnerUndoer(Undoer):
    """Third parties, taken back the usual way."""

    model = Partner
    order = 30
    called = _l("un tiers")


undoes(PartnerUndoer())
register(SupplierImporter())
