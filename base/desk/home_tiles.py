"""The framework's own tiles, and the people they are made for.

Those of jobs, backups, seals and the inbox stand beside their screens.
"""

from __future__ import annotations

from flask import current_app, url_for

from base.basics.i18n import _, _l, ngettext
from base.basics.sessions import Session
from base.desk import tiles
from base.desk.accounts import account_queries
from base.desk.accounts.setup import FIRST_NAME
from base.desk.home import recent, shortcuts
from base.desk.imports import importers
from base.desk.imports.access import may_import
from base.desk.job_pages import is_admin
from base.desk.tiles import Place, Reading
from base.rules.rights import entities
from base.rules.rights.actors import security
from base.rules.rights.current import settings as current_settings
from base.store.models import Entity, ImportBatch
from base.store.models.imports import WAITING
from base.upkeep.doctor import light_findings


def _installation(session: Session) -> Reading:
    found = light_findings()
    wrong = [finding for finding in found if finding.state != "ok"]
    url = url_for("HomeView.state")
    if not wrong:
        return Reading(_("L’installation se porte bien"), 0, url=url, state="ok")
    faults = any(finding.state == "fault" for finding in wrong)
    return Reading(
        ngettext(
            "%(n)s point de l’installation à regarder",
            "%(n)s points de l’installation à regarder",
            len(wrong),
            n=len(wrong),
        ),
        len(wrong),
        detail=wrong[0].sentence,
        url=url,
        state="late" if faults else "run",
    )


def _imports(session: Session) -> Reading:
    mine = [importer.kind for importer in importers() if may_import(importer)]
    count = tiles.counted(
        session, ImportBatch, ImportBatch.state.in_(WAITING), ImportBatch.kind.in_(mine)
    )
    url = url_for("ImportView.list", view="waiting")
    return Reading(
        ngettext(
            "%(n)s fichier donné n’est pas encore importé",
            "%(n)s fichiers donnés ne sont pas encore importés",
            count,
            n=tiles.shown(count),
        ),
        count,
        url=url,
        verb=_("Reprendre"),
    )


def _entities(session: Session) -> Reading:
    count = tiles.counted(session, Entity)
    people = account_queries.count(security(), "active")
    return Reading(
        ngettext("%(n)s collectivité", "%(n)s collectivités", count, n=tiles.shown(count)),
        count,
        detail=ngettext(
            "%(n)s compte actif", "%(n)s comptes actifs", people, n=tiles.shown(people)
        ),
        url=url_for("EntityView.list"),
    )


def _one_factor(session: Session) -> Reading:
    count = account_queries.count(security(), "one_factor")
    required = current_settings().require_mfa
    return Reading(
        ngettext(
            "%(n)s compte sans second facteur",
            "%(n)s comptes sans second facteur",
            count,
            n=tiles.shown(count),
        ),
        count,
        detail=_("Le réglage l’exige des administrateurs.")
        if required
        else _("Chacun l’active dans « Mon compte »."),
        url=url_for("UserAdminView.list", state="one_factor"),
        state="late" if required else "",
    )


def _never_came(session: Session) -> Reading:
    count = account_queries.count(security(), "never")
    return Reading(
        ngettext(
            "%(n)s compte jamais ouvert",
            "%(n)s comptes jamais ouverts",
            count,
            n=tiles.shown(count),
        ),
        count,
        detail=_("Un lien, envoyé depuis la fiche, fait choisir le mot de passe."),
        url=url_for("UserAdminView.list", state="never"),
    )


def _recent(session: Session) -> Reading:
    return Reading("", values={"lines": recent(session)})


def _shortcuts(session: Session) -> Reading | None:
    lines = shortcuts(session)
    return Reading("", values={"lines": lines}) if lines else None


def _first_entity(session: Session) -> dict[str, int]:
    return {"pk": entities.by_name(session)[0].id}


def _is_named(session: Session) -> bool:
    return all(entity.name != FIRST_NAME for entity in entities.by_name(session))


def _several_people(session: Session) -> bool:
    return account_queries.count(security()) > 1


def register() -> None:
    """Declare the audiences and the tiles that belong to no trade."""
    tiles.audience("agent", _l("Agent de terrain"), "Agent", order=10)
    tiles.audience("head", _l("Responsable de service"), "Responsable", order=20)
    tiles.audience("finance", _l("Finances"), "Finances", order=50)
    tiles.audience("reader", _l("Élu, lecture"), "Lecteur", order=60)
    admin = current_app.extensions["appbuilder"].sm.auth_role_admin
    tiles.audience("admin", _l("Administration"), admin, order=70)
    tiles.tile(
        "imports",
        _l("Imports en attente"),
        _imports,
        Place.WAITS,
        endpoints=("ImportView.list",),
        audiences=("head", "energy", "admin"),
        icon="file-import",
        order=60,
    )
    tiles.tile(
        "installation",
        _l("État de l’installation"),
        _installation,
        Place.WATCH,
        when=is_admin,
        audiences=("admin",),
        icon="activity",
        order=10,
        slow=True,
    )
    tiles.tile(
        "entities",
        _l("Collectivités et comptes"),
        _entities,
        Place.WATCH,
        when=is_admin,
        endpoints=("EntityView.list",),
        audiences=("admin",),
        icon="building-community",
        order=40,
    )
    accounts = {"endpoints": ("UserAdminView.list",), "audiences": ("admin",)}
    tiles.tile(
        "one-factor",
        _l("Comptes sans second facteur"),
        _one_factor,
        Place.WATCH,
        icon="shield-check",
        order=50,
        **accounts,
    )
    tiles.tile(
        "never-came",
        _l("Comptes jamais ouverts"),
        _never_came,
        Place.WATCH,
        icon="user-check",
        order=51,
        **accounts,
    )
    tiles.tile(
        "shortcuts",
        _l("Raccourcis"),
        _shortcuts,
        Place.MAIN,
        order=95,
        template="ov/tiles/shortcuts.html",
    )
    tiles.tile(
        "recent",
        _l("Ce qui a changé"),
        _recent,
        Place.SIDE,
        order=95,
        template="ov/tiles/recent.html",
    )
    tiles.first_step(
        "town",
        _l("Donner son nom à votre collectivité"),
        _l("Il est lu sur la page de connexion, les étiquettes, les bons et les rapports."),
        "EntityView.edit",
        arguments=_first_entity,
        icon="building-community",
        done=_is_named,
        order=5,
    )
    tiles.first_step(
        "people",
        _l("Inviter des personnes"),
        _l("Un compte par personne, avec son rôle ; elle choisit elle-même son mot de passe."),
        "UserAdminView.list",
        icon="user-plus",
        done=_several_people,
        order=30,
    )
