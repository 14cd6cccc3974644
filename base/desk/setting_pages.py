"""The page of settings: what each authority decides, and what the installation was given."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from flask import abort, current_app, flash, redirect, request, url_for
from flask_appbuilder.baseviews import BaseView

from base.basics.errors import InvalidInput
from base.basics.i18n import _, _l
from base.desk import own_settings
from base.engine.edge.answers import start_again
from base.face.views.routes import route
from base.face.views.shell import related_url
from base.rules.modules.actions import may
from base.rules.rights import entities
from base.rules.rights.actors import unit_of_work
from base.rules.rights.people import names_of
from base.rules.rights.telling import Shows
from base.store.database import db
from base.store.models import Setting
from base.upkeep.backups.making import SECRET_VARIABLES
from config import SAID, VARIABLES

#: Subjects and the variables of the installation that each is about. No dict: it would ask for
#: the text of each word when this file is loaded.
SUBJECTS: tuple[tuple[Any, str], ...] = (
    (
        _l("Adresse et accès"),
        "OUVRAGE_BASE_URL OUVRAGE_HOST OUVRAGE_PORT OUVRAGE_TLS_CERT OUVRAGE_TLS_KEY"
        " OUVRAGE_TRUSTED_PROXIES",
    ),
    (
        _l("Connexion des personnes"),
        "OUVRAGE_REQUIRE_MFA OUVRAGE_ADMIN_PASSWORD OUVRAGE_SECRET_KEY",
    ),
    (_l("Langue et heure"), "OUVRAGE_LOCALE OUVRAGE_TIMEZONE"),
    (
        _l("Données et traitements"),
        "OUVRAGE_DATA_DIR OUVRAGE_ENV DATABASE_URL REDIS_URL OUVRAGE_WORKERS"
        " OUVRAGE_WEB_PROCESSES OUVRAGE_WEB_THREADS",
    ),
    (
        _l("Surveillance"),
        "OUVRAGE_ACCESS_LOG OUVRAGE_LOG_MB OUVRAGE_LOG_KEPT OUVRAGE_METRICS_TOKEN",
    ),
    (_l("Carte"), "OUVRAGE_TILES_URL"),
)


#: What a switch of the installation may be set to, as its start reads it.
_SWITCHES = {"true": True, "1": True, "false": False, "0": False}


class Given(NamedTuple):
    """One variable of the installation, as the page shows it."""

    name: str
    meaning: str
    value: str
    is_given: bool
    default: str


def given() -> list[tuple[str, list[Given]]]:
    """The variables by subject, without those of no effect; what no subject names comes last."""
    groups = [(subject, names.split()) for subject, names in SUBJECTS]
    named = {name for _subject, names in groups for name in names}
    if rest := [name for name in SAID if name not in named]:
        groups.append((_("Autres"), rest))
    return [
        (str(subject), [_given(name) for name in names if name in SAID])
        for subject, names in groups
    ]


def _given(name: str) -> Given:
    default, meaning = VARIABLES[name]
    text = os.environ.get(name, "").strip()
    shown = _("donné, gardé secret") if text and name in SECRET_VARIABLES else text
    if default in _SWITCHES:
        shown = _switch(shown)
        return Given(name, _headline(_(meaning)), shown, bool(text), _switch(default))
    return Given(name, _headline(_(meaning)), shown, bool(text), _(default))


def _switch(text: str) -> str:
    """« oui » or « non » for what a switch is set to; any other text as it is."""
    found = _SWITCHES.get(text.lower())
    return text if found is None else _("oui") if found else _("non")


def _headline(meaning: str) -> str:
    """A meaning as a line of its own: with a capital, unless it begins with an address."""
    first = meaning.partition(" ")[0]
    return meaning if "://" in first else meaning[:1].upper() + meaning[1:]


class SettingsView(BaseView):
    """Settings by subject: value, unit, bounds, default, and who changed it last."""

    route_base = "/reglages"
    default_view = "show"
    rights_title = _l("Réglages")
    shows = {Setting: Shows("list")}

    @route("/", "list")
    def show(self) -> Any:
        """The settings of one authority, then what the installation was given."""
        return self._page(self._entity_id(request.args.get("entity", "")), {}, {}), 200

    def _entity_id(self, asked: str) -> int:
        scope = list(db.session().scope or ())
        if not scope:
            abort(404)
        if not asked:
            return int(scope[0])
        if not asked.isdecimal() or len(asked) > 18 or int(asked) not in scope:
            abort(404)
        return int(asked)

    def _page(self, entity_id: int, typed: dict[str, str], errors: dict[str, str]) -> str:
        session = db.session()
        rows = own_settings.rows_of(session, [entity_id])
        authors = {row: row.changed_by_id or row.created_by_id or 0 for row in rows.values()}
        names = names_of({*authors.values()} - {0})
        subjects: dict[str, list[dict[str, Any]]] = {}
        for declared in own_settings.registry().values():
            row = rows.get((entity_id, declared.key))
            subjects.setdefault(str(declared.subject), []).append(
                {
                    "setting": declared,
                    "value": typed.get(declared.key, row.value if row else declared.default),
                    "changed": row is not None,
                    "at": row.changed_at if row else None,
                    "by": names.get(authors[row]) if row else None,
                    "error": errors.get(declared.key),
                }
            )
        return str(
            self.render_template(
                "ov/settings.html",
                title=_("Réglages"),
                subjects=subjects,
                given=given() if may("SettingsView.change") else [],
                entities=entities.by_name(session),
                entity_id=entity_id,
                phone=entities.phone_shown(session, entity_id),
                own_phone=(found := entities.by_id(session, entity_id)) and found.phone,
                entity_page=related_url(found) if found else None,
                may_change=may("SettingsView.change"),
                errors=errors,
                timezone=current_app.settings.timezone,  # type: ignore[attr-defined]
            )
        )

    @route("/change", "edit", methods=["POST"])
    def change(self) -> Any:
        """Change the settings of one authority: all of the form, or nothing."""
        entity_id = self._entity_id(request.form.get("entity", ""))
        typed = {
            key: request.form[key][:40] for key in own_settings.registry() if key in request.form
        }
        errors: dict[str, str] = {}
        try:
            with unit_of_work() as session:
                for key, text in typed.items():
                    try:
                        own_settings.choose(session, key, text, entity_id=entity_id)
                    except InvalidInput as refusal:
                        errors.update({name: str(words) for name, words in refusal.errors.items()})
                if errors:
                    raise InvalidInput(_("Des valeurs ne conviennent pas."), errors)
        except InvalidInput:
            start_again()
            return self._page(entity_id, typed, errors), 422
        flash(_("Les réglages sont enregistrés."), "success")
        return redirect(url_for("SettingsView.show", entity=entity_id))


def register(builder: Any) -> None:
    """Add the page to the menu."""
    builder.add_view(
        SettingsView,
        "Settings page",
        label=_l("Réglages généraux"),
        icon="adjustments",
        category="Settings",
    )
