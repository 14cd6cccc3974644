"""The addresses of the pages there are, asked of the application: a new screen needs no line here.

``GIVEN`` says what an address needs beyond a row.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import func, inspect, select

from tests.sweeps import fill, model_of

#: What an address needs beyond a row: endpoint -> addresses.
GIVEN = {
    "CatalogueView.lines": ["/rapports/cost/ecritures"],
    "CatalogueView.report": [
        "/rapports/cost?start=2026-01-01&end=2026-12-31",
        "/rapports/traceability",
    ],
    "HomeView.search": ["/recherche?q=mairie"],
    "ImportView.new": ["/imports/new/assets"],
    "RoleView.compare": ["/roles/compare?a=Admin&b=Tout", "/roles/compare?a=Admin&b=Tout&all=1"],
    "RoleView.show": ["/roles/show/Admin"],
}


def _row(session: Any, model: Any) -> Any:
    """The first row of a model."""
    return session.core(select(func.min(*inspect(model).local_table.primary_key))).scalar()


#: Addresses that are no pages: files, choices, parts of pages.
NO_PAGE = (
    ".static",
    ".choices",
    ".export",
    ".progress",
    ".standing",
    ".document",
    ".download",
    ".sheet",
    ".shapes",
    ".days",
    ".curve",
    ".people",
    ".errors",
    ".source",
    ".pick",
    ".places",
    ".stock",
    ".tile",
)
#: Addresses that lead elsewhere, or have nothing to show in the demonstration.
ELSEWHERE = {
    "AccountView.link",
    "AuthDBView.login",
    "CatalogueView.cost_of",
    "CatalogueView.evidence_of",
    "CatalogueView.traceability_of",
    "ImportView.columns",
    "UtilView.back",
    "health",
    "metrics",
    "ready",
}


def addresses_of(app: Any) -> dict[str, list[str]]:
    """Endpoint -> the addresses that a person may read there."""
    from base.rules.rights.actors import system_session
    from base.store.database import Model

    models = {m.class_.__name__: m.class_ for m in Model.registry.mappers}
    with app.app_context(), system_session("tests", readonly=True) as session:
        rows = {name: _row(session, model) for name, model in models.items()}
        tag = session.scalar(select(models["Tag"].token))
        code = session.scalar(select(models["ReportRun"].verification_code))
        follow = session.scalar(select(models["TagReport"].follow_token))
    found = defaultdict(list)
    for rule in sorted(app.url_map.iter_rules(), key=lambda r: r.rule):
        name = rule.endpoint
        if "GET" not in rule.methods or rule.rule.startswith("/api/"):
            continue
        if name == "static" or name in ELSEWHERE or name.endswith(NO_PAGE):
            continue
        if name in GIVEN:
            found[name] = GIVEN[name]
            continue
        pk = rows.get(model_of(app, name) or "") or 1
        token = follow if name.startswith("FollowView") else tag
        found[name].append(fill(rule, pk, token=token, code=code))
    return found
