"""The electronic invoices of energy and water, in CII, a ZIP for each half year."""

from __future__ import annotations

import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from reports.demonstration.commune.ground import NAME, TEMPLATES, Ground, siret, vat_number
from reports.demonstration.commune.people import ENERGY_SUPPLIERS
from reports.demonstration.commune.uses import Point, is_used

_CENT = Decimal("0.01")
#: Energy -> key of its supplier, months of a bill, price of a unit, fixed part a month, tax %,
#: unit of the standard, words.
_TERMS = {
    "curve": ("electricity", 1, "0.1642", "86.40", "20.00", "KWH", "Électricité"),
    "index": ("electricity", 2, "0.1985", "14.20", "20.00", "KWH", "Électricité"),
    "gas": ("gas", 2, "0.0894", "31.50", "20.00", "KWH", "Gaz naturel"),
    "water": ("water", 6, "3.8400", "6.10", "5.50", "MTQ", "Eau et assainissement"),
}
#: A point that the register does not have: its invoice waits.
UNKNOWN = "99000000999999"

Used = Mapping[str, Mapping[date, float]]


def periods(ground: Ground, months: int) -> Iterator[tuple[date, date, date]]:
    """First day, last day and day of issue of each bill that has been sent by today."""
    at = date(ground.first_year, 1, 1)
    while True:
        month = at.month - 1 + months
        after = date(at.year + month // 12, month % 12 + 1, 1)
        issued = after + timedelta(days=5)
        if issued > ground.today:
            return
        yield at, after - timedelta(days=1), issued
        at = after


def write(ground: Ground, found: list[Point], used: Used, folder: Path) -> list[Path]:
    """The archives, in the order of their half years; the bill of the main job is left out."""
    files: dict[str, dict[str, str]] = defaultdict(dict)
    chance = ground.chance("eau")
    last: tuple[str, str] | None = None
    billed_last = list(periods(ground, 1))[-1][2]
    for point in found:
        months = _TERMS[point.reading][1]
        for start, end, issued in periods(ground, months):
            days = [start + timedelta(days=n) for n in range((end - start).days + 1)]
            if point.reading == "water":
                busy = sum(is_used(point.building, on) for on in days)
                quantity = busy * point.building.area_m2 * chance.uniform(0.0019, 0.0024)
            else:
                quantity = sum(used[point.reference].get(on, 0.0) for on in days)
            if point is found[0] and issued == billed_last:
                continue  # of the last month, billed in front of the user
            number = f"{point.reading[0].upper()}{point.reference[-4:]}-{end:%Y%m}"
            half = f"{issued.year}-{1 if issued.month <= 6 else 2}"
            text = invoice(point.reference, point.reading, number, start, end, issued, quantity)
            files[half][f"{number}.xml"] = text
            if point.reading == "index":
                last = (half, text.replace(point.reference, UNKNOWN).replace(number, "X-" + number))
    if last is not None:
        files[last[0]]["X-inconnu.xml"] = last[1]
    paths = []
    for half in sorted(files):
        paths.append(folder / f"factures-{half}.zip")
        _zip(paths[-1], files[half])
    return paths


def _zip(path: Path, texts: Mapping[str, str]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(texts):
            # A fixed date: the same bytes every time.
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            archive.writestr(entry, texts[name], zipfile.ZIP_DEFLATED)


def invoice(
    reference: str,
    reading: str,
    number: str,
    start: date,
    end: date,
    issued: date,
    quantity: float,
) -> str:
    """One invoice: what was used and the fixed part, with their tax."""
    supplier, _months, price, fixed, rate, unit, words = _TERMS[reading]
    months = (end.year - start.year) * 12 + end.month - start.month + 1
    amount_used = Decimal(str(round(quantity))).quantize(Decimal(1))
    parts = [
        (f"{words}, {start:%m/%Y}", price, str(amount_used), unit),
        ("Abonnement", fixed, str(months), "MON"),
    ]
    line = (TEMPLATES / "ligne.xml").read_text(encoding="utf-8")
    lines, total = "", Decimal(0)
    for place, (label, unit_price, count, code) in enumerate(parts, start=1):
        amount = _cents(Decimal(unit_price) * Decimal(count))
        total += amount
        lines += line.format(
            place=place,
            label=label,
            price=unit_price,
            unit=code,
            quantity=count,
            rate=rate,
            amount=amount,
        )
    tax = _cents(total * Decimal(rate) / 100)
    name, stem = ENERGY_SUPPLIERS[supplier]
    return (
        (TEMPLATES / "facture.xml")
        .read_text(encoding="utf-8")
        .format(
            number=number,
            issued=f"{issued:%Y%m%d}",
            start=f"{start:%Y%m%d}",
            end=f"{end:%Y%m%d}",
            prm=reference,
            lines=lines,
            amount=total,
            tax=tax,
            total=total + tax,
            rate=rate,
            seller=name,
            seller_siret=siret(stem),
            seller_vat=vat_number(stem),
            buyer=NAME,
            buyer_siret=siret(1),
        )
    )


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)
