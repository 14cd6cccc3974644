"""Every form of the desk and the phone acts once, however often it is sent.

Each route that takes a form is sent the same form twice: by the second, no table of the register
has a row more or less. And each form of a template brings the key by which it acts once, but for
those that leave the same behind whether they are sent once or twice.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, literal, select, union_all

from base.basics import clock
from base.face.views.groups import filter_column
from base.rules.modules.loading import discover
from base.rules.rights.actors import system_session
from base.store.database import Model
from base.store.mixins import Scoped
from tests import engines
from tests.factories import rows
from tests.sweeps import BOTH, SHARED, World, fill, has_route, model_of

#: What is sent where nothing else is said of a field's name.
FIELDS = {
    "title": "Fuite au plafond",
    "name": "Bureau",
    "body": "Vu sur place.",
    "description": "Une fuite au plafond.",
    "reason": "Fait autrement.",
    "username": "nouvelle",
    "layout": "63x34",
    "format": "pdf",
    "moment": "after",
    "start": "1",
    "days": "1",
    "force": "1",
}
CSV = b"code;nom\nB-901;Halle\n"
#: Endpoint -> field and name of the file that it takes.
FILES = {
    "ImportView.drop": ("files", "batiments.csv", CSV),
    "ImportView.new": ("file", "batiments.csv", CSV),
    "DocumentView.attach": ("file", "notes.csv", CSV),
}
#: Routes that end the session of this walk, or the row that the others need.
LAST = (".delete", ".logout", ".close_all", ".password", ".deactivate", ".remove", ".archive")
#: Routes of which one stands for all, for they are one method. So are verbs that are declared:
#: ``tests/interventions/test_verbs.py`` presses one twice.
ONE_FOR_ALL = (".action", ".action_post", ".add", ".message", ".delete", ".edit")
#: The screen that is asked for all.
ASKED = "ServiceRequestView."
#: Each press is an act of its own (a step up, one more link), or ends again what has ended: its
#: line in the history stands as often.
EACH_TIME = {
    "FieldDefinitionView.order_one",
    "UserAdminView.close",
    "UserAdminView.link",
    "UserAdminView.reset_factor",
}
#: What reads a file that the rows of this walk have not: held by the state of the import.
WITH_FILE = {"ImportView.apply", "ImportView.columns", "ImportView.kind", "ImportView.undo"}
#: Some of those that make something, so that the walk does not go past them.
MAKES = {
    "AssetView.print_labels",
    "CatalogueView.evidence_of",
    "CatalogueView.report",
    "DocumentView.attach",
    "ImportView.drop",
    "ImportView.new",
    "InboxView.follow",
    "InboxView.plan",
    "MobileView.report",
    "SavedViewView.keep",
    "ServiceRequestView.add",
    "ServiceRequestView.message",
}
#: Tables of the walk itself: keys of forms, sessions and the counts of tries.
ASIDE = ("base_idempotency", "base_sign_in", "base_share")


@pytest.fixture(scope="module")
def world(sqlite_server: Any) -> Any:
    made = World(sqlite_server)
    yield made
    made.close()


def _counts(app: Any) -> dict[str, int]:
    tables = [t for name, t in sorted(Model.metadata.tables.items()) if name not in ASIDE]
    counts = union_all(
        *(
            select(literal(t.name), select(func.count()).select_from(t).scalar_subquery())
            for t in tables
        )
    )
    with app.app_context(), system_session("test", readonly=True) as session:
        return dict(session.core(counts).all())


def _of_form(world: World, view: Any) -> dict[str, str]:
    """What the form of a new row asks for, from the columns of its model."""
    model, given = view.datamodel.obj, {}
    for name in view.add_columns:
        if view._is_relation(name):
            related = view.datamodel.get_related_model(name).__name__
            given[name] = str(world.ours.get(related, ""))
        elif name in model.__mapper__.column_attrs:
            value = rows.GIVEN.get(model.__name__, {}).get(name) or rows.value_for(model, name)
            # A degree is a float, which is typed with a point.
            told = str(value) if isinstance(value, float) else str(value).replace(".", ",")
            given[name] = "" if callable(value) else told
    return given


def _needed(world: World, view: Any) -> dict[str, str]:
    """As ``_of_form``, of what its form may not leave empty."""
    model = view.datamodel.obj
    given = {
        name: value
        for name, value in _of_form(world, view).items()
        if not hasattr(model, name) or not filter_column(model, name).nullable
    }
    return given | {"cadastral_id": "25056000AB0421"}


#: What a new row is about, or stands in: the row is of its entity, whatever was chosen beside it.
SAYS_ENTITY = ("asset", "parent")


def _named_rows(world: World) -> Iterator[tuple[Any, str, str, str]]:
    """Screen, form, field and model of each field that names a row of one entity."""
    for view in world.screens():
        for form, columns in (("add", view.add_columns), ("edit", view.edit_columns)):
            for name in columns if has_route(world, view, form) else ():
                if form == "add" and name in SAYS_ENTITY and view.endpoint != "ServiceView":
                    continue
                related = view.datamodel.get_related_model(name) if view._is_relation(name) else int
                if issubclass(related, Scoped) and view.datamodel.obj.__name__ not in SHARED:
                    yield view, form, name, related.__name__


def test_a_form_names_the_field_whose_row_is_of_another_entity(world: World) -> None:
    """Of the other of one's own two: 422, the sentence at the field, and what was typed stays."""
    both = world.app.test_client()
    engines.sign_in(both, BOTH)
    token = engines.csrf(both, "/compte/")
    wrong, tried = [], 0
    for view, form, name, model in _named_rows(world):
        pk = world.ours[view.datamodel.obj.__name__]
        path = fill(
            next(rule for _m, rule in world.rules() if rule.endpoint == f"{view.endpoint}.{form}"),
            pk,
        )
        with world.app.app_context(), system_session("test", readonly=True) as session:
            version = getattr(session.get(view.datamodel.obj, pk), "version", "")
        data = {**_needed(world, view), "csrf_token": token, "entity_id": "1", "version": version}
        data[name] = str(world.theirs[model])
        answer = both.post(path, data=data)
        page = answer.get_data(as_text=True)
        tried += 1
        said = [f for f in re.findall(r'id="(\w+)-error"', page)]
        if answer.status_code != 422 or said != [name] or f'value="{data[name]}"' not in page:
            wrong.append(f"{path} {name} -> {answer.status_code} {said} {answer.location}")
    assert tried > 10
    assert not wrong, "\n".join(wrong)


def test_a_form_that_is_sent_twice_acts_once(world: World) -> None:
    taken: list[tuple[Any, Any]] = []
    for method, rule in world.rules():
        view, name = world.view_of(rule.endpoint), rule.endpoint.partition(".")[2]
        if method != "POST" or rule.rule.startswith(("/api/", "/login", "/lang")):
            continue
        if rule.endpoint in EACH_TIME | WITH_FILE or hasattr(getattr(view, name, 0), "declared"):
            continue
        if not rule.endpoint.endswith(ONE_FOR_ALL) or rule.endpoint.startswith(ASKED):
            taken.append((rule, model_of(world.app, rule.endpoint)))
    taken.sort(key=lambda pair: pair[0].endpoint.endswith(LAST))
    made, twice = set(), []
    before = _counts(world.app)
    for rule, model in taken:
        given = {"code": "cost", "kind": "assets", "name": "BuildingView"}
        path = fill(rule, world.ours.get(model or "", 1), **given)
        data = {
            **FIELDS,
            **(_of_form(world, view) if name == "add" and hasattr(view, "add_columns") else {}),
            "asset": str(world.ours["Building"]),
            "id": str(world.ours["Building"]),
            "due_on": clock.today().isoformat(),
            "form_key": uuid.uuid4().hex,
        }

        if rule.endpoint == "CatalogueView.report":
            # As it is asked at first: of everything, of this year.
            data = {"format": "pdf", "form_key": data["form_key"]}

        def send() -> Any:
            file = FILES.get(rule.endpoint)
            sent = {file[0]: (BytesIO(file[2]), file[1])} if file else {}
            return world.call("POST", path, data={**data, **sent}).status_code

        first = send()
        between = _counts(world.app)
        second = send() if between != before else None
        after = _counts(world.app) if second is not None else between
        if between != before:
            made.add(rule.endpoint)
        if after != between:
            changed = {n: (between[n], after[n]) for n in after if after[n] != between[n]}
            twice.append(f"{rule.endpoint} {path} -> {first}, {second}: {changed}")
        before = after
    assert not twice, "\n".join(twice)
    assert made >= MAKES, MAKES - made


#: Page -> forms without a key, by where they are sent: they choose, sort, mark, close or put away
#: something that stands, and what they leave is the same whether they came once or twice. A list's
#: rows go by their verbs, its script sends one form many times.
WITHOUT = {
    "_form.html": ("",),
    "_languages.html": ("LocaleView.index",),
    "_progress.html": ("JobView.cancel", "JobView.close", "JobView.rerun"),
    "board.html": ("view.endpoint.action",),
    "calendar.html": ("view.endpoint.action",),
    "choose.html": ("",),
    "columns.html": ("", "ImportView.kind", "SavedViewView.columns"),
    "field.html": ("FieldDefinitionView.rename",),
    "field_list.html": ("FieldDefinitionView.order_one",),
    "fields.html": ("",),
    "flash.html": ("",),
    "form.html": ("",),
    "inbox.html": ("InboxView.later", "InboxView.read", "InboxView.read_all"),
    "lib.html": ("", "modelview_name.action"),
    "login_db.html": ("",),
    "logout.html": ("AuthDBView.logout",),
    "navbar_right.html": ("AuthDBView.logout", "EntityChoiceView.choose", "LocaleView.index"),
    "record.html": ("view.endpoint.delete",),
    "seals.html": ("SealView.seal",),
    "second_code.html": ("",),
    "second_setup.html": ("AccountView.show",),
    "second_standing.html": ("SecondFactorView.recovery",),
    "section_tag.html": ("TagView.revoke",),
    "settings.html": ("SettingsView.change",),
    "show.html": ("AccountView.close_all", "AccountView.display", "ImportView.apply"),
    "table.html": ("view.endpoint.action_post",),
    "undo.html": ("",),
    "user.html": (
        "UserAdminView.activate",
        "UserAdminView.close",
        "UserAdminView.end_session",
        "UserAdminView.link",
        "UserAdminView.reset_factor",
    ),
    "user_close.html": ("",),
    "user_form.html": ("RoleView.list",),
    "views.html": (
        "SavedViewView.prefer",
        "SavedViewView.remove",
        "SavedViewView.share",
        "SavedViewView.update",
    ),
}


def _where(form: str) -> str:
    named = re.search(r"url_for\(\s*[\"']?([\w.]+)[\"']?(?: ~ [\"'](\.\w+))?", form)
    return "".join(part for part in named.groups() if part) if named else ""


def test_each_form_of_a_template_brings_its_key() -> None:
    found: dict[str, set[str]] = {}
    for page in (p for m in discover() for p in Path(m.path, "templates").rglob("*.html")):
        text = page.read_text()
        # What interventions call token() is once().
        keyed = r"\bonce\(\)|form_key"
        if re.search(r'_parts.html" import [^%]*\btoken\b|macro token\(\) %}{{ once', text):
            keyed += r"|\btoken\(\)"
        for form in re.findall(r'<form\b[^>]*method="post".*?</form>', text, re.DOTALL):
            if not re.search(keyed, form):
                found.setdefault(page.name, set()).add(_where(form))
    assert {n: tuple(sorted(forms)) for n, forms in sorted(found.items())} == WITHOUT
