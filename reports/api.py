"""REST: ask for a report, follow it, fetch its document."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from base.basics.errors import InvalidInput, NotFound
from base.basics.i18n import _
from base.face.api import Json, ModuleApi, Takes, Text, body, guarded, idempotent, served
from base.face.attached.documents import stored_of
from base.face.views import ScopedInterface
from base.papers.files.store import current_store, serve
from base.store.database import db
from reports import jobs, queries
from reports.domain import RunState
from reports.models import ReportRun
from reports.views import ask, require_role


class ReportRunApi(ModuleApi):
    """Runs of reports: ``POST {code, params, format}`` asks for one."""

    datamodel = ScopedInterface(ReportRun)
    resource_name = "report_run"
    list_columns = [
        *("id", "number", "code", "format", "params", "asked_by", "requested_at"),
        *("finished_at", "cut_seq", "cut_at", "content_digest", "file_digest", "entity_id"),
    ]
    show_columns = list_columns
    add_columns = ["code", "format"]
    edit_columns = ["code"]
    search_columns = ["id", "number", "code", "format", "entity_id"]
    order_columns = ["id", "number", "requested_at"]
    base_order = ("id", "desc")
    exclude_route_methods = {"put", "delete"}
    answered = {
        "state": {"type": "string", "enum": [str(state) for state in RunState]},
        "progress": {"type": "integer", "description": "percent"},
        "progress_text": {"type": "string"},
        "error": {"type": "string", "description": "why it stopped; empty while nothing is wrong"},
        "document_url": {"type": "string", "nullable": True},
        "same_as_id": {"type": "integer", "format": "int64", "nullable": True},
        "values": {"type": "object", "additionalProperties": True},
    }
    post_answers = 202
    post_takes = Takes(
        Text("code", 60, required=True),
        Text("format", 10, default="pdf"),
        Json(
            "params",
            {"type": "object", "additionalProperties": {"type": "string"}},
            default={},
            about="parameter -> its value",
        ),
    )

    def pre_get(self, data: dict[str, Any]) -> None:
        """Say where the run stands, and where its document is."""
        data["result"].update(_standing(_run(data["id"])))

    def pre_get_list(self, data: dict[str, Any]) -> None:
        """The same, for each run of the page."""
        runs = queries.runs_by_ids(db.session(), data["ids"])
        found = {run.id: _standing(run) for run in runs}
        for result in data["result"]:
            result.update(found.get(result.get("id"), {}))

    def post_headless(self) -> Response:
        """Ask for a report, once per Idempotency-Key; 202 with its id."""
        return guarded(lambda: idempotent(self._ask))

    def _ask(self) -> Response:
        session = db.session()
        given = self.post_takes.read(session, body())
        code, form, params = given["code"], given["format"], given["params"]
        if not isinstance(params, dict) or not all(_is_plain(value) for value in params.values()):
            raise InvalidInput.at("params", _("Un objet de textes est attendu."))
        require_role(code)
        run = ask(session, code, params, form)
        jobs.start(session, run)
        session.wanted = True
        response: Response = self.response(
            self.post_answers, id=run.id, result={**self._dump(run), **_standing(run)}
        )
        response.headers["Location"] = f"/api/v1/report_run/{run.id}"
        return response

    @served("/<int:pk>/document", "get")
    def document(self, pk: int) -> Response:
        """The document of a finished run."""
        run = _run(pk)
        if run.document is None:
            raise NotFound(_("Ce rapport n’est pas encore prêt."))
        return serve(current_store(), stored_of(run.document))


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, str | int)


def _run(pk: int) -> ReportRun:
    run = queries.run_by_id(db.session(), pk)
    if run is None:
        raise NotFound(_("Introuvable."))
    return run


def _standing(run: ReportRun) -> dict[str, Any]:
    ready = run.finished_at is not None
    return {
        "state": run.state.value,
        "progress": run.progress,
        "progress_text": run.job.progress_text if run.job is not None else "",
        "error": (run.job.last_error or "") if run.job is not None and not ready else "",
        "document_url": f"/api/v1/report_run/{run.id}/document" if ready else None,
        "same_as_id": run.same_as_id,
        "values": run.values,
    }


def register(appbuilder: Any) -> None:
    """Add these resources."""
    appbuilder.add_api(ReportRunApi)
