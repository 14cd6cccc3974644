"""``/api/v1/delivery_point``."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import request
from flask_appbuilder.api import expose
from flask_appbuilder.security.decorators import permission_name, protect
from werkzeug.wrappers import Response

from base.basics import arguments
from base.basics.errors import InvalidInput, NotFound
from base.basics.i18n import _
from base.face.api import guarded
from base.face.api.card_api import CardApi
from base.store.database import db
from energie import queries
from energie.domain.quality import label_of
from energie.queries.days import Span
from energie.records import POINT

#: The longest period of one answer, in days: twenty years.
MOST_DAYS = 7_320
#: What is looked at: no meter was read before, nor will be after.
EARLIEST, LATEST = date(1900, 1, 1), date(2200, 1, 1)
#: Days and months given without dates.
FIRST_DAYS, FIRST_MONTHS = 60, {Span.MONTH: 12, Span.YEAR: 60}


def _asked(known: queries.Known | None, span: Span) -> tuple[date | None, date | None]:
    """The period of a request, half-open; what the point has when nothing is asked.

    Raises:
        InvalidInput: a day is none, the end is not after the start, or it is too long.
    """
    start, end = (arguments.day(request.args, name) for name in ("start", "end"))
    if known is not None and (start is None or end is None):
        end = end or known.last_on + timedelta(days=1)
        if start is None and span is Span.DAY:
            start = max(end, EARLIEST) - timedelta(days=FIRST_DAYS)
            start = max(start, known.first_on) if known.first_on < end else start
        elif start is None:
            start = queries.last_months(known, FIRST_MONTHS[span])[0]
    if start is None or end is None:
        return None, None
    if start.year < EARLIEST.year or end.year > LATEST.year:
        words = _("Demandez des jours de %(a)s à %(b)s.", a=EARLIEST.year, b=LATEST.year)
        raise InvalidInput.at("start", words)
    if end <= start:
        words = _("La fin doit venir après le début : elle est le premier jour laissé de côté.")
        raise InvalidInput.at("end", words)
    if (end - start).days > MOST_DAYS:
        raise InvalidInput.at("start", _("Au plus %(n)d jours par demande.", n=MOST_DAYS))
    return start, end


def _use_as_json(one: queries.Period, known: queries.Known | None) -> dict[str, Any]:
    """A period as the API gives it: exact value as text, unknown without value."""
    return {
        "start": one.on.isoformat(),
        "value": None if one.value is None else format(one.value, ".3f"),
        "unit": known.unit if known else None,
        "completeness": round(float(one.completeness), 4),
        "quality": None if one.quality is None else label_of(one.quality),
    }


class DeliveryPointApi(CardApi, card=POINT):
    """Delivery points; one made here comes with its meter and serves its asset alone."""

    @expose("/<int:pk>/use", methods=["GET"])
    @protect()
    @permission_name("get")
    def use(self, pk: int) -> Response:
        """What the point used, as its page shows it: ``result`` of ``start``, ``value``, ``unit``,
        ``completeness`` (0 to 1) and ``quality`` (the worst that counts).

        A period that nobody read has no value and completeness 0. The first and the last hold
        only the days asked for. Without dates: the last sixty days, twelve months or five years
        that the point has.
        ---
        get:
          parameters:
          - {in: path, name: pk, required: true, schema: {type: integer}}
          - {in: query, name: step, schema: {type: string, enum: [day, month, year]},
            description: what days are summed by; month without it}
          - {in: query, name: start, schema: {type: string, format: date},
            description: "the first local day, ISO"}
          - {in: query, name: end, schema: {type: string, format: date},
            description: "the local day after the last, ISO"}
          responses:
            200:
              description: the periods in order
              content:
                application/json:
                  schema:
                    type: object
                    properties:
                      count: {type: integer}
                      result:
                        type: array
                        items:
                          type: object
                          properties:
                            start: {type: string, format: date}
                            value: {type: string, nullable: true}
                            unit: {type: string, nullable: true}
                            completeness: {type: number}
                            quality: {type: string, nullable: true}
            404: {description: no such point}
            422: {description: "a step or a day that is none, or too long a period"}
        """
        return guarded(lambda: self._use(pk))

    def _use(self, pk: int) -> Response:
        row = self.datamodel.get(pk, self._base_filters)
        if row is None:
            raise NotFound(_("Introuvable."))
        span = arguments.one_of(request.args, "step", Span, Span.MONTH)
        session = db.session()
        known = queries.known(session, row.id)
        start, end = _asked(known, span)
        found = []
        if start is not None and end is not None:
            found = queries.use_of(session, row.id, start=start, end=end, span=span)
        lines = [_use_as_json(one, known) for one in found]
        return self.response(200, count=len(lines), result=lines)  # type: ignore[no-any-return]
