"""What the sweeps over all routes share: a world with one row of everything, and their callers."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

from sqlalchemy import inspect

from tests import engines
from tests.factories import rows
from tests.told import told

OURS, THEIRS = "Bienvenu", "Etranger"
#: Somebody with every right there is, for entity A only; the same for both entities.
EVERYTHING, BOTH = "tout", "deux"
NOWHERE = 999_999
#: After so long a token is asked for anew; it lives fifteen minutes.
TOKEN_SECONDS = 600
#: Routes with a row's id whose view has no model of its own: endpoint (or its beginning) -> model.
ROWS_OF = {
    "AssetView.labels_of_import": "ImportBatch",
    "CatalogueView.": "Building",
    "DocumentApi.": "Document",
    "DocumentView.attach": "Building",
    "DocumentView.": "Document",
    "ImportApi.": "ImportBatch",
    "ImportView.": "ImportBatch",
    "InboxView.": "Building",
    "InboxView.done": "NextAction",
    "InboxView.later": "NextAction",
    "InboxView.read": "Notification",
    "JobApi.": "JobRun",
    "JobView.": "JobRun",
    "MobileView.begin": "Building",
    "MobileView.choose": "Building",
    "MobileView.here": "Building",
    "MobileView.report": "Building",
    "MobileView.": "WorkOrder",
    "PastView.": "Building",
    "ReadingApi.get": "Series",
    "SavedViewView.": "SavedView",
    "ServiceRequestView.from_report": "TagReport",
    "UserAdminView.": None,  # administrators only: see the access matrix
} | told("ROWS_OF")


class World:
    """The application on a fresh database with one row of each model in A, and one in an entity
    that an administrator has made by REST."""

    def __init__(self, server: Any) -> None:
        from base.desk.accounts.making import create_user
        from base.rules.rights.actors import security, system_session
        from base.rules.rights.rules import RULES

        server.reset()
        self.server, self.app = server, server.app
        self.ours: dict[str, int] = {}
        self.theirs: dict[str, int] = {}
        with self.app.app_context():
            manager = self.app.appbuilder.sm
            manager.builtin_roles.setdefault("Tout", [[".*", ".*"]])
            manager.add_role("Tout")
            create_user(
                EVERYTHING, engines.PASSWORD, roles=["Tout"], entities=["A"], must_change=False
            )
            security.remove()
            foreign = self._made_entity()
            create_user(
                BOTH, engines.PASSWORD, roles=["Tout"], entities=["A", "ETR"], must_change=False
            )
            security.remove()
            models = {
                mapper.class_ for model in RULES for mapper in inspect(model).self_and_descendants
            }
            for model in sorted(models, key=lambda m: m.__name__):
                if model.__name__ in ("Entity", "UserEntity"):
                    continue
                with system_session("sweep") as session:
                    both = ((1, self.ours, OURS), (foreign, self.theirs, THEIRS))
                    for entity_id, found, mark in both:
                        row = rows.make(session, model, entity_id, mark)
                        key = inspect(model).primary_key[0]
                        found[model.__name__] = getattr(
                            row, inspect(model).get_property_by_column(key).key
                        )
            for found, number in ((self.ours, 1), (self.theirs, foreign)):
                found["Entity"] = number
        self.browser = self.app.test_client()
        engines.sign_in(self.browser, EVERYTHING)
        self.csrf = engines.csrf(self.browser, "/compte/")
        self.program = self.app.test_client()
        self._sign_in()

    def _sign_in(self) -> None:
        self.signed_at = time.monotonic()
        self.headers = engines.token_headers(self.program, EVERYTHING)

    def _made_entity(self) -> int:
        client = self.app.test_client()
        made = client.post(
            "/api/v1/entity/",
            json={"code": "ETR", "name": f"{THEIRS} commune"},
            headers=engines.token_headers(client, "admin"),
        )
        assert made.status_code == 201, made.get_data(as_text=True)
        return int(made.get_json()["id"])

    def close(self) -> None:
        """Leave the application as it was."""
        self.app.appbuilder.sm.builtin_roles.pop("Tout", None)

    def call(self, method: str, path: str, **kwargs: Any) -> Any:
        """One request with every right for A: by token in the API, by cookie on screens."""
        if path.startswith("/api/"):
            if time.monotonic() - self.signed_at > TOKEN_SECONDS:
                self._sign_in()
            kwargs["headers"] = {**self.headers, **kwargs.pop("headers", {})}
            if method in ("PUT", "PATCH", "DELETE"):
                kwargs["headers"].setdefault("If-Match", "*")
            if method in ("POST", "PUT", "PATCH") and "json" not in kwargs and "data" not in kwargs:
                kwargs["json"] = {}
            return self.program.open(path, method=method, **kwargs)
        if method != "GET":
            kwargs["data"] = {"csrf_token": self.csrf, **kwargs.get("data", {})}
        return self.browser.open(path, method=method, **kwargs)

    def views(self, kind: Any) -> list[Any]:
        """The registered screens or resources of a class, with their model."""
        return [v for v in self.app.appbuilder.baseviews if isinstance(v, kind)]

    def screens(self) -> list[Any]:
        """Every registered ``ModuleView``."""
        from base.face.views import ModuleView

        return self.views(ModuleView)

    def resources(self) -> list[Any]:
        """Every registered ``ModuleApi``."""
        from base.face.api import ModuleApi

        return self.views(ModuleApi)

    def view_of(self, endpoint: str) -> Any:
        """The screen or resource of an endpoint such as ``AssetView.show``."""
        name = endpoint.partition(".")[0]
        return next((v for v in self.app.appbuilder.baseviews if v.endpoint == name), None)

    def rules(self) -> Iterator[tuple[str, Any]]:
        """Method and rule of every route."""
        for rule in sorted(self.app.url_map.iter_rules(), key=lambda r: (r.rule, r.endpoint)):
            for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
                yield method, rule


def model_of(app: Any, endpoint: str) -> str | None:
    """The model whose row a route takes; None for users, ``?`` when it is nowhere said."""
    for start, model in sorted(ROWS_OF.items(), key=lambda pair: -len(pair[0])):
        if endpoint.startswith(start):
            return model
    name = endpoint.partition(".")[0]
    view = next((v for v in app.appbuilder.baseviews if v.endpoint == name), None)
    datamodel = getattr(view, "datamodel", None)
    return datamodel.obj.__name__ if datamodel is not None else "?"


def fill(rule: Any, pk: Any = NOWHERE, **given: Any) -> str:
    """The address of a rule with something in each argument."""
    values = {
        "pk": pk,
        "form": "csv",
        "version": "v1",
        "locale": "fr",
        "token": "0" * 16,
        "kind": "assets",
        "record": "patrimoine_asset",
        "key": f"{pk}:2026-01-01T00:00:00Z",
        **given,
    }

    def one(match: Any) -> str:
        kind, _, name = match.group(1).rpartition(":")
        return str(values.get(name, NOWHERE if kind == "int" else "rien"))

    return re.sub(r"<([^>]+)>", one, rule.rule)


def stranger_in(answer: Any) -> bool:
    """Whether anything of the other authority's row is in the answer."""
    return THEIRS.lower().encode() in answer.get_data().lower()


#: Models whose rows belong to nobody: shipped tables, the same for all.
SHARED = {"Category", "FieldDefinition"}
#: Resources whose body the columns alone do not tell: resource -> what it also needs.
BODIES: dict[str, dict] = {
    "asset": {"kind": "building"},
    "parcel": {"cadastral_id": "25056000AB0421"},
    "service_request": {"title": "Fuite au plafond"},
    "delivery_point": {"reference": "30001234567890"},
}


def has_route(world, view, method):
    return any(r.endpoint == f"{view.endpoint}.{method}" for r in world.app.url_map.iter_rules())


def good_body(world, api):
    """A body that a resource should take, from its columns; rows of A for the keys."""
    model, body = api.datamodel.obj, {}
    for name in api.add_columns:
        if name not in inspect(model).column_attrs or name == "entity_id":
            continue
        column = inspect(model).column_attrs[name].columns[0]
        target = rows.target_of(model, name)
        given = rows.GIVEN.get(model.__name__, {})
        if target is not None:
            if not column.nullable and target.__name__ in world.ours:
                body[name] = world.ours[target.__name__]
        elif name in given and not callable(given[name]):
            body[name] = _plain(given[name])
        elif not column.nullable and column.default is None and column.server_default is None:
            body[name] = _plain(rows.value_for(model, name, OURS))
    return body


def _plain(value):
    return (
        value
        if isinstance(value, (str, int, bool, float))
        else (value.isoformat() if hasattr(value, "isoformat") else str(value))
    )


def body_of(world, api):
    return {**good_body(world, api), **BODIES.get(api.resource_name, {})}
