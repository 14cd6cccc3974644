"""The tables of the framework, one aggregate a file."""

import flask_appbuilder.security.sqla.models  # noqa: F401 - other tables point to ab_user

import base.store.database  # noqa: F401 - the naming convention, before FAB's models
from base.store.models.documents import Document
from base.store.models.entities import Department, Entity, Partner, UserEntity
from base.store.models.history import Counter, Event, Message
from base.store.models.imports import ImportBatch, ImportRow
from base.store.models.inbox import Follower, NextAction, Notification
from base.store.models.jobs import JobRun
from base.store.models.seals import EventPersonal, Seal, SealKey, SealLeaf, SealNode
from base.store.models.security import (
    Access,
    Idempotency,
    LoginAttempt,
    RecoveryCode,
    ShareTaken,
    SignIn,
    UserSecurity,
)
from base.store.models.settings import SavedView, Setting

__all__ = [
    "Access",
    "Counter",
    "Document",
    "Entity",
    "Event",
    "EventPersonal",
    "Follower",
    "Idempotency",
    "ImportBatch",
    "ImportRow",
    "JobRun",
    "LoginAttempt",
    "Message",
    "NextAction",
    "Notification",
    "Partner",
    "RecoveryCode",
    "SavedView",
    "Seal",
    "SealKey",
    "SealLeaf",
    "SealNode",
    "Department",
    "Setting",
    "ShareTaken",
    "SignIn",
    "UserEntity",
    "UserSecurity",
]
