"""Delivery points: list, page with daily use and load curve, form."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flask import jsonify, request, url_for
from werkzeug.wrappers import Response

from base.basics import arguments, clock, formats
from base.basics.folding import plain
from base.basics.i18n import _l
from base.basics.sessions import Session
from base.face.views import verb_pages
from base.face.views.card_views import CardView
from base.face.views.routes import route
from base.rules.modules.actions import may
from base.store.database import db
from energie import queries
from energie.domain.code_words import (
    register_label,
)
from energie.domain.kinds import EnergyKind, Quantity, ReferenceKind, Step, Unit
from energie.domain.quality import quality_of
from energie.models import DeliveryPoint, Series
from energie.queries import Known, Suspect, home
from energie.records import POINT
from energie.views import pictures
from energie.views.watched import watched

TABS = {
    "all": _l("Tous"),
    "drift": _l("Consomment plus qu’avant"),
    "silent": _l("Sans donnée récente"),
}


#: Days that a chart may be asked for.
EARLIEST, LATEST = date(1900, 1, 1), date(2200, 1, 1)
#: Readings that count in no sum, told on the page of their point.
MOST_SUSPECTS = 50


class SeriesInWords(NamedTuple):
    """A series as its point's page shows it."""

    quantity: str
    step: str
    unit: str
    register: str


def series_in_words(series: Series) -> SeriesInWords:
    """A series without any code."""
    unit = Unit(series.unit).word
    return SeriesInWords(
        str(Quantity(series.quantity).word),
        str(Step(series.step).word),
        f"{unit} {series.basis}".rstrip(),
        register_label(series.register_code),
    )


class SuspectInWords(NamedTuple):
    """A reading that counts in no sum, as its point's page shows it."""

    series: str
    at: str
    value: str
    quality: str
    #: The file that it came from, and its page for who may open it.
    label: str
    url: str | None


def suspect_in_words(one: Suspect, zone: str) -> SuspectInWords:
    """What was read, when it was where the point is, and why it does not count."""
    words = series_in_words(one.series)
    at = datetime.fromtimestamp(one.at, ZoneInfo(zone))
    return SuspectInWords(
        f"{words.quantity}, {words.register}" if one.series.register_code else words.quantity,
        at.strftime("%d/%m/%Y %H:%M"),
        formats.quantity(one.value, Unit(one.series.unit).word),
        str(quality_of(one.quality).word),
        one.label,
        url_for("ReadingBatchView.show", pk=one.batch_id) if may("ReadingBatchView.show") else None,
    )


class DeliveryPointView(CardView, card=POINT):
    """Delivery points of electricity, gas, water and others."""

    made_by = ("energy",)
    list_template = "energie/points.html"
    show_template = "energie/point.html"
    formatters = {
        "subscribed_kva": lambda row: (
            formats.quantity(row.subscribed_kva, "kVA") if row.subscribed_kva else None
        ),
    }

    def tab(self) -> str:
        """The tab that the address asks for."""
        asked = request.args.get("tab", "all")
        return asked if asked in TABS else "all"

    def tabs(self) -> list[tuple[str, str, str]]:
        """Key, words and address of each tab."""
        return [
            (key, str(words), url_for("DeliveryPointView.list", tab=key))
            for key, words in TABS.items()
        ]

    def base_criteria(self) -> list[Any]:
        """What the tab asks for; the first page's tiles lead here."""
        found, tab = super().base_criteria(), self.tab()
        if tab == "silent":
            return [*found, *home.silent(db.session(), clock.today())]
        if tab == "drift":
            drifting = home.drifts(db.session(), clock.today())
            return [*found, DeliveryPoint.id.in_([drift.point_id for drift in drifting])]
        return found

    def title_of(self, row: DeliveryPoint) -> str:
        """The heading of a record."""
        word = str(EnergyKind(row.energy_kind).word)
        # Most names say it already: "Médiathèque Aliénor, électricité".
        return row.name if plain(word) in plain(row.name) else f"{word}, {row.name}"

    # --- record -------------------------------------------------------------------------

    def record_context(self, session: Session, row: DeliveryPoint) -> dict[str, Any]:
        """Meters, what the point serves, its series, its last months and invoices."""
        found = queries.known(session, row.id)
        context: dict[str, Any] = {
            "reference_label": ReferenceKind(row.reference_kind).word,
            "meters": queries.meters_of(session, row.id),
            "forms": verb_pages.forms(self.endpoint, row),
            "allocations": queries.allocations_of(session, row.id),
            "series": [series_in_words(s) for s in queries.series_of(session, row.id)],
            "extent": found,
            "watched": watched(session, row, found),
            "suspects": [
                suspect_in_words(one, row.timezone)
                for one in queries.suspects_of(session, row.id, limit=MOST_SUSPECTS)
            ],
            "suspect_count": queries.suspect_count(session, row.id),
            "invoices": queries.invoices_of_point(session, row.id, limit=12)
            if may("InvoiceView.show")
            else [],
        }
        if found is not None:
            context["pictures"] = pictures.pictures(session, row, found)
        return context

    def _asked(self, pk: str, first: int, most: int) -> tuple[Any, Known | None, date, date]:
        """The row, its days, and the period asked for; the end is left out."""
        row = self.get_or_404(pk)
        found = queries.known(db.session(), row.id)
        today = clock.today()
        last_end = found.last_on + timedelta(days=1) if found else today
        start = arguments.day(request.args, "start")
        if start is None:
            start = last_end - timedelta(days=first)
            start = max(start, found.first_on) if found else start
        last = arguments.day(request.args, "last")
        end = min(max(last, EARLIEST), LATEST) + timedelta(days=1) if last else last_end
        if end <= start:
            end = start + timedelta(days=1)
        return row, found, max(start, end - timedelta(days=most)), end

    @route("/days/<pk>", "show")
    def days(self, pk: str) -> Response:
        """What each local day used, for the chart: day, value (null when unknown), points
        received and expected, quality in words, whether it is complete.
        """
        row, found, start, end = self._asked(pk, pictures.FIRST_DAYS, pictures.MOST_DAYS)
        if found is None:
            return jsonify(unit="", rows=[])
        days = pictures.days_of(db.session(), row.id, start=start, end=end)
        return jsonify(
            unit=found.unit.word,
            rows=[
                [
                    day.on.isoformat(),
                    None if day.value is None else float(day.value),
                    day.received,
                    day.expected,
                    day.quality,
                    day.is_complete,
                ]
                for day in map(pictures.day_row, days)
            ],
        )

    @route("/curve/<pk>", "show")
    def curve(self, pk: str) -> Response:
        """The load curve of some days in kW; holes are null; beyond two months, by day."""
        row, _found, start, end = self._asked(pk, pictures.CURVE_DAYS, pictures.MOST_DAYS)
        if not queries.curve_series(db.session(), row.id):
            return jsonify(unit="", rows=[], days=[], midnights=[], suspects=[])
        return jsonify(pictures.curve_rows(db.session(), row, start=start, end=end))
