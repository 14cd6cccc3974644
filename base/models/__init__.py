"""The tables of the framework, one aggregate a file."""

import flask_appbuilder.security.sqla.models  # noqa: F401 - other tables point to ab_user

import base.database  # noqa: F401 - the naming convention, before FAB's models
from base.models.entities import Entity, Partner, Service, UserEntity
from base.models.history import Counter, Event, Message
from base.models.jobs import JobRun
from base.models.security import Idempotency, LoginAttempt, UserSecurity
from base.models.settings import SavedView, Setting

__all__ = [
    "Counter",
    "Entity",
    "Event",
    "Idempotency",
    "JobRun",
    "LoginAttempt",
    "Message",
    "Partner",
    "SavedView",
    "Service",
    "Setting",
    "UserEntity",
    "UserSecurity",
]
