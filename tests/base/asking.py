"""Jobs asked for by tests, and what became of them."""

from __future__ import annotations

from sqlalchemy import select, update

from base.engine.jobs import enqueue, kinds
from base.rules.rights.actors import job_session, system_session
from base.store.database import db
from base.store.models import Setting
from base.store.models.jobs import JobLog, JobRun


def note(session, entity_id, key):
    session.add(Setting(entity_id=entity_id, key=key, value="x"))
    session.flush()


def keys_of_settings():
    with system_session("test", readonly=True) as session:
        return sorted(session.scalars(select(Setting.key)))


def declare_writer(**options):
    """A kind whose effect is one row."""

    @kinds.job("test.write", title="Écrire", **options)
    def write(session, args, ctx):
        ctx.log("écrit")
        note(session, args["entity_id"], args["key"])

    return write


def ask(kind="test.write", scope=(1,), user=None, **args):
    user = user if user is not None else user_id("alice")
    with job_session(scope, f"user:{user}") as session:
        return enqueue(session, kind, {"entity_id": 1, "key": "k", **args}).id


def user_id(name):
    from flask_appbuilder.security.sqla.models import User

    with system_session("test", readonly=True) as session:
        return session.scalar(select(User.id).where(User.username == name))


def job(job_id):
    with system_session("test", readonly=True) as session:
        row = session.get(JobRun, job_id)
        session.expunge(row)
        return row


def change(job_id, **values):
    with db.engine.begin() as connection:
        connection.execute(update(JobRun.__table__).values(**values).filter_by(id=job_id))


def log_of(job_id):
    with system_session("test", readonly=True) as session:
        query = select(JobLog.text).where(JobLog.job_id == job_id).order_by(JobLog.id)
        return list(session.scalars(query))
