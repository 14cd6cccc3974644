"""Values of an asset's columns, cleaned and checked before they are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from base.basics import facts
from base.basics.errors import InvalidInput
from base.basics.i18n import _
from base.store.choice_columns import choices_of
from patrimoine import domain
from patrimoine.models import KIND_MODELS, Category

_CLEANERS = {
    "plate": domain.plate,
    "vin": domain.vin,
    "rnb_id": domain.rnb_id,
    "ban_address_id": domain.ban_id,
    "insee": domain.insee_code,
}


class ValueRefused(InvalidInput):
    """A value is out of bounds, or the category is of another kind."""


def at_field(name: str, sentence: str) -> InvalidInput:
    """A refusal that stands beside its field."""
    return InvalidInput(sentence, {name: sentence})


def checked(
    kind: domain.Kind, columns: Mapping[str, Any], *, category: Category | None = None
) -> dict[str, Any]:
    """The columns with identifiers cleaned, blanks emptied and a parcel's parts filled in.

    Raises:
        IdentifierRefused: an identifier is malformed.
        ValueRefused: a value is out of bounds, or the category is of another kind.
    """
    if category is not None and category.kind != kind:
        raise ValueRefused(
            _(
                "La catégorie « %(c)s » est celle d’un bien de nature « %(k)s ».",
                c=category.name,
                k=str(domain.Kind(category.kind).word).lower(),
            ),
            {"category": _("Catégorie d’une autre nature.")},
        )
    found: dict[str, Any] = {}
    for key, value in columns.items():
        if isinstance(value, str):
            value = value.strip() or None
        found[key] = _clean(kind, key, value) if value is not None else None
    if "latitude" in found or "longitude" in found:
        _check_point(found.get("latitude"), found.get("longitude"))
    facts.require_past({"last_inspection_on": found.get("last_inspection_on")})
    if (cost := found.get("acquisition_cost_eur")) is not None and cost < 0:
        raise ValueRefused(_("Le coût d’acquisition ne peut pas être négatif."))
    if kind is domain.Kind.PARCEL and found.get("cadastral_id"):
        found.update(parcel_parts(found["cadastral_id"]))
    if found.get("name", "") is None or found.get("code", "") is None:
        raise ValueRefused(_("Le nom et le n° d’inventaire ne peuvent pas être vides."))
    return found


def _clean(kind: domain.Kind, key: str, value: Any) -> Any:
    cleaner = _CLEANERS.get(key)
    if cleaner is not None:
        try:
            return cleaner(value)
        except domain.IdentifierRefused as refusal:
            raise domain.IdentifierRefused(str(refusal), {key: str(refusal)}) from None
    model: Any = KIND_MODELS[kind]
    values = choices_of(model).get(key)
    if values is not None and value not in list(values):
        sentence = _("« %(v)s » : attendu %(l)s.", v=value, l=", ".join(values))
        raise ValueRefused(sentence, {key: sentence})
    return value


def parcel_parts(identifier: str) -> dict[str, str]:
    """The columns that follow from a cadastral identifier."""
    whole, insee, prefix, section, number = domain.cadastral_id(identifier)
    return {
        "cadastral_id": whole,
        "insee": insee,
        "prefix": prefix,
        "section": section,
        "number": number,
    }


def _check_point(latitude: float | None, longitude: float | None) -> None:
    if latitude is not None and not -90 <= latitude <= 90:
        raise ValueRefused(_("La latitude va de -90 à 90."), {"latitude": _("De -90 à 90.")})
    if longitude is not None and not -180 <= longitude <= 180:
        raise ValueRefused(_("La longitude va de -180 à 180."), {"longitude": _("De -180 à 180.")})
