"""The bell: RQ carries the number of a row to a worker, and nothing else."""

from __future__ import annotations

from typing import Any

from flask import current_app, has_app_context
from redis.exceptions import RedisError
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

from base.engine.jobs.execution import run
from base.engine.redis_server import address, client

#: The only name that the queue may carry.
CALLABLE = "base.engine.jobs.run"
QUEUE = "ouvrage"


class AllowedJob(Job):
    """RQ runs any importable name it is given: this one refuses all but ours, before import."""

    @property
    def func(self) -> Any:
        """The one function."""
        if self.func_name != CALLABLE:
            raise PermissionError(f"refused: {self.func_name}")

        return run


def queue(connection: Any) -> Queue:
    """The one queue, in JSON, with the allow-list."""
    return Queue(QUEUE, connection=connection, job_class=AllowedJob, serializer=JSONSerializer)


def ring(job_id: int, bell_id: str | None = None) -> bool:
    """Tell a worker that a row waits; whether Redis took the message."""
    if not has_app_context():
        return False
    url = address(current_app.settings)  # type: ignore[attr-defined]
    return url is not None and ring_at(url, job_id, bell_id)


def ring_at(url: str, job_id: int, bell_id: str | None = None) -> bool:
    """As ``ring``, for a Redis given by its address."""
    try:
        queue(client(url, quick=True)).enqueue_call(
            CALLABLE, args=[job_id], timeout=-1, result_ttl=0, failure_ttl=60, job_id=bell_id
        )
    except RedisError:
        return False
    return True
