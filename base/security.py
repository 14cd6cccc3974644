"""Row rules and roles of the framework's own tables."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from base.basics.i18n import _l
from base.rules.rights.rules import by_entity, never_narrowed, record_rule
from base.store.models import (
    Department,
    Document,
    Entity,
    Event,
    EventPersonal,
    Follower,
    ImportBatch,
    ImportRow,
    JobRun,
    Message,
    NextAction,
    Notification,
    Partner,
    SavedView,
    Setting,
    UserEntity,
)
from base.store.models.jobs import JobLog


@record_rule(Entity)
def _own_entities(scope: Any) -> Any:
    return Entity.id.in_(scope)


@record_rule(JobLog)
def _log_of_own_jobs(scope: Any) -> Any:
    return JobLog.job_id.in_(select(JobRun.id).where(JobRun.entity_id.in_(scope)))


for _model in (
    Document,
    Event,
    EventPersonal,
    Follower,
    ImportBatch,
    ImportRow,
    JobRun,
    Message,
    NextAction,
    Notification,
    Partner,
    SavedView,
    Department,
    Setting,
    UserEntity,
):
    by_entity(_model)

# What is the person's own, or tells which entities there are.
never_narrowed(Entity, UserEntity, SavedView, NextAction, Notification, Follower, JobRun, JobLog)

#: Everybody sees the jobs of the entities they work for, and stops their own.
_JOBS = [
    (r"^JobView$", r"^can_(list|show|cancel)$"),
    (r"^JobApi$", r"^can_(list|get)$"),
    (r"^Jobs$", r"^menu_access$"),
]

#: Whoever works on records may write beside those whose page they may open; readers may not.
_MESSAGES = (r"^[A-Za-z]+View$", r"^can_message$")

#: Everybody has an inbox; whoever works on records gives and does next actions.
_INBOX = (r"^InboxView$", r"^can_list$")
_ACTIONS = (r"^InboxView$", r"^can_(list|act)$")

#: Whoever works on records may ask what a device without network may queue.
_QUEUE = (r"^CommandApi$", r"^can_get$")

#: Views of lists: everybody keeps their own; showing them to all is a right.
_VIEWS = (r"^SavedViewView$", r"^can_keep$")
_SHARED_VIEWS = (r"^SavedViewView$", r"^can_(keep|share)$")

#: What each role is for, in one sentence.
ROLES_SAID = {
    "Admin": _l("Tout, pour toutes les entités : comptes, catégories, champs, réglages."),
    "Lecteur": _l("Consulte le registre, les coûts et les rapports ; ne change rien."),
    "Agent": _l("Travaille sur le terrain : scanne, intervient, saisit son temps et ses pièces."),
    "Responsable": _l("Tient le registre et fait faire : planifie, valide, importe, étiquette."),
    "Finances": _l("Suit et inscrit les coûts, les factures et les rapports."),
}
#: Whoever keeps the register or its accounts: attaches, imports, keeps third parties.
_STEWARD = [
    *_JOBS,
    _SHARED_VIEWS,
    _MESSAGES,
    _ACTIONS,
    _QUEUE,
    (r"^(DocumentView|DocumentApi)$", r"^can_.*$"),
    (r"^(ImportView|ImportApi)$", r"^can_import$"),
    (r"^Imports$", r"^menu_access$"),
    (r"^(PartnerView|PartnerApi)$", r"^can_.*$"),
    (
        r"^(EntityView|ServiceView|EntityApi|ServiceApi|TrailApi|SettingsView)$",
        r"^can_(list|show|get|info)$",
    ),
    (r"^(Partners|Services|Tools)$", r"^menu_access$"),
]
#: Roles as data: name -> [(view pattern, permission pattern)], anchored. The names are the keys.
ROLES = {
    "Public": [(r"^OpenApi$", r"^can_get$")],
    "Lecteur": [
        *_JOBS,
        _INBOX,
        _VIEWS,
        (r"^(DocumentView|DocumentApi)$", r"^can_download$"),
        (
            r"^(EntityView|ServiceView|PartnerView|EntityApi|ServiceApi|PartnerApi|TrailApi)$",
            r"^can_(list|show|get|info)$",
        ),
        (r"^(Partners|Services|Tools)$", r"^menu_access$"),
    ],
    "Agent": [
        *_JOBS,
        _VIEWS,
        _MESSAGES,
        _ACTIONS,
        _QUEUE,
        (r"^(DocumentView|DocumentApi)$", r"^can_(download|attach)$"),
        (
            r"^(EntityView|ServiceView|PartnerView|EntityApi|ServiceApi|PartnerApi)$",
            r"^can_(list|show|get|info)$",
        ),
    ],
    "Responsable": _STEWARD,
    "Finances": _STEWARD,
}
