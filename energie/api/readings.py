"""``/api/v1/reading``: values by series and instant."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

from flask import request
from flask_appbuilder.api import expose
from flask_appbuilder.security.decorators import permission_name, protect
from werkzeug.wrappers import Response

from base.basics import clock
from base.basics.errors import InvalidInput, NotFound
from base.basics.i18n import _, _l
from base.face.api import (
    Choice,
    Json,
    PageApi,
    Row,
    Text,
    body,
    guarded,
    idempotent,
    tagged,
    takes,
)
from base.face.api.listing import count_of, next_url
from base.face.api.questions import page_bounds, question
from base.rules.rights.actors import unit_of_work
from base.store.database import db
from energie.api.batch_rows import block_of
from energie.domain.blocks import ParsedFile, Reject, series_rows
from energie.domain.days import touched_days
from energie.domain.kinds import Quantity, Step
from energie.domain.quality import label_of
from energie.imports.preview import preview
from energie.imports.screening import screen
from energie.models import DeliveryPoint, Reading, Series
from energie.queries.readings import reading_at, readings_page, readings_where
from energie.services import readings

PAGE, MOST = 50, 1000
_KEYS = {"filters": list, "page": int, "page_size": int, "after": str}
_OPERATORS = {
    "eq": lambda column, value: column == value,
    "gt": lambda column, value: column > value,
    "lt": lambda column, value: column < value,
}
_COLUMNS = {
    "series_id": Reading.series_id,
    "start_at": Reading.start_at,
    "quality": Reading.quality,
    "batch_id": Reading.batch_id,
}


def _whole(value: Any, name: str) -> int:
    """A whole number of a request.

    Raises:
        InvalidInput: it is none, or out of bounds.
    """
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise InvalidInput(_("« %(name)s » attend un nombre entier.", name=name))
    try:
        found = int(value)
    except ValueError as fault:
        raise InvalidInput(_("« %(name)s » attend un nombre entier.", name=name)) from fault
    if abs(found) > 2**62:
        raise InvalidInput(_("« %(name)s » est hors limites.", name=name))
    return found


def _key(text: str) -> tuple[int, int]:
    """Series and start of a reading's id.

    Raises:
        InvalidInput: it is none.
    """
    parts = text.split(":")
    if len(parts) == 2 and all(p.removeprefix("-").isdecimal() and len(p) < 19 for p in parts):
        return int(parts[0]), int(parts[1])
    raise InvalidInput.at("after", _("L’id d’un relevé est attendu : <série>:<début>."))


def as_json(row: Reading, series: Series) -> dict[str, Any]:
    """A reading as the API gives it: exact value as text, start in UTC seconds."""
    return {
        "id": f"{row.series_id}:{row.start_at}",
        "series_id": row.series_id,
        "start_at": row.start_at,
        "value": format(Decimal(row.value_milli).scaleb(-3), "f"),
        "unit": series.unit,
        "quality": label_of(row.quality),
        "batch_id": row.batch_id,
    }


class ReadingApi(PageApi):
    """Readings; read only but for ``POST /api/v1/reading/batch``."""

    resource_name = "reading"
    class_permission_name = "ReadingApi"
    rights_title = _l("Relevés")
    right_words = {"can_batch": _l("écrire des relevés")}

    @expose("/", methods=["GET"])
    @protect()
    @permission_name("get")
    def get_list(self) -> Response:
        """A page of readings by series and time; ``q`` as everywhere, or plain arguments.
        ---
        get:
          parameters:
          - {in: query, name: q, schema: {type: string}, description: "rison or JSON: filters of
            series_id start_at quality batch_id by eq gt lt; page page_size after"}
          - {in: query, name: series_id, schema: {type: integer}}
          - {in: query, name: from, schema: {type: integer}, description: first instant UTC}
          - {in: query, name: to, schema: {type: integer}, description: first instant left out}
          - {in: query, name: page, schema: {type: integer, minimum: 0}}
          - {in: query, name: page_size, schema: {type: integer, minimum: 1, maximum: 1000}}
          - {in: query, name: after, schema: {type: string}, description: id of the reading before}
        """
        return guarded(self._list)

    def _list(self) -> Response:
        asked = self._asked()
        criteria = []
        for item in asked.get("filters", []):
            if not isinstance(item, dict) or str(item.get("col")) not in _COLUMNS:
                raise InvalidInput(_("Filtre inconnu."))
            if str(item.get("opr")) not in _OPERATORS:
                raise InvalidInput(_("Opérateur inconnu."))
            value = _whole(item.get("value"), str(item["col"]))
            criteria.append(_OPERATORS[item["opr"]](_COLUMNS[item["col"]], value))
        index, size = page_bounds(asked, usual=PAGE, most=MOST)
        session = db.session()
        counted = count_of(session, readings_where(session, criteria))
        after = _key(asked["after"]) if "after" in asked else None
        rows = readings_page(
            session,
            criteria,
            after=after,
            limit=size + 1,
            offset=0 if after is not None else index * size,
        )
        found = [as_json(row, series) for row, series in rows[:size]]
        following = found[-1]["id"] if len(rows) > size else None
        return self.response(  # type: ignore[no-any-return]
            200,
            result=found,
            ids=[row["id"] for row in found],
            **counted,
            page_size=size,
            next=next_url(asked, following),
        )

    def _asked(self) -> dict[str, Any]:
        """The query: rison in ``q``, or ``series_id``, ``start_at`` bounds as arguments."""
        if request.args.get("q"):
            return question(_KEYS)
        asked: dict[str, Any] = {"filters": []}
        for name, column, operator in (
            ("series_id", "series_id", "eq"),
            ("from", "start_at", "gt"),
            ("to", "start_at", "lt"),
        ):
            if name in request.args:
                value: Any = _whole(request.args[name], name)
                value -= name == "from"
                asked["filters"].append({"col": column, "opr": operator, "value": value})
        for name in ("page", "page_size"):
            if name in request.args:
                asked[name] = _whole(request.args[name], name)
        if "after" in request.args:
            asked["after"] = request.args["after"]
        return asked

    @expose("/<string:key>", methods=["GET"])
    @protect()
    @permission_name("get")
    def get(self, key: str) -> Response:
        """One reading, by ``<series>:<start_at>``.
        ---
        get:
          parameters:
          - {in: path, name: key, required: true, schema: {type: string}}
          responses:
            200: {description: the reading}
            404: {description: none}
        """
        return guarded(lambda: self._get(key))

    def _get(self, key: str) -> Response:
        try:
            series_id, start_at = _key(key)
        except InvalidInput as fault:
            raise NotFound(_("Introuvable.")) from fault
        row = reading_at(db.session(), series_id, start_at)
        if row is None:
            raise NotFound(_("Introuvable."))
        return tagged(self.response(200, id=key, result=as_json(*row)), row[0])

    @expose("/batch", methods=["POST"])
    @protect()
    @permission_name("batch")
    @takes(
        Row("point_id", DeliveryPoint, required=True),
        Choice("quantity", Quantity, default=Quantity.POWER),
        Text("unit", 10),
        Choice("step", Step, default=Step.IRREGULAR),
        Json(
            "rows",
            {"type": "array", "items": {"type": "array"}, "maxItems": readings.CHUNK},
            required=True,
            about="[start in UTC seconds, value] or [start, value, quality], in any order",
        ),
    )
    def batch(self) -> Response:
        """Write readings of a point."""
        return guarded(lambda: idempotent(self._batch))

    def _batch(self) -> Response:
        with unit_of_work() as session:
            given = self.batch.takes.read(session, body())  # type: ignore[attr-defined]
            point = given["point_id"]
            parsed = ParsedFile("api")
            block = block_of(given, point)
            parsed.blocks.append(block)
            screen(parsed, block, point)
            if parsed.rejects:
                first = parsed.rejects[0]
                raise InvalidInput(
                    _("Relevé %(n)d : %(reason)s", n=first.line, reason=first.reason)
                )
            (rows,) = series_rows(block)
            found_before = preview(session, [(block, point)], whole=True)
            digest = hashlib.sha256(request.get_data()).hexdigest()
            moment = clock.now()
            found = readings.open_batch(
                session,
                entity_id=point.entity_id,
                label=_("Relevés reçus par l’interface"),
                digest=digest,
                parsed=parsed,
                at=moment,
            )
            suspects = [*parsed.suspects, *found_before.doubts]
            count = parsed.suspected + found_before.doubted
            readings.keep_doubts(session, found, found_before.worse, suspects, count)
            series = readings.series_for(session, point, block, rows.step)
            counts, changed = readings.store_rows(session, found, series, rows, at=moment)
            days = touched_days(changed, point.timezone)
            readings.apply_batch(session, found, {series.id: days}, counts, at=moment)
            answer = {
                "batch_id": found.id,
                "series_id": series.id,
                "created": counts.inserted - counts.superseded,
                "updated": counts.superseded,
                "unchanged": counts.identical,
                "rejected": counts.refused,
                "errors": [_told(bad) for bad in found_before.worse],
                "suspect": count,
                "warnings": [_told(odd) for odd in suspects],
                "notes": parsed.notes,
            }
        return self.response(200, **answer)  # type: ignore[no-any-return]


def _told(found: Reject) -> dict[str, Any]:
    return {"row": found.line or None, "reason": found.reason}
