"""What a row is asked when it is written, whoever writes it: a new door cannot forget a rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Mapper
from sqlalchemy.orm import Session as OrmSession

from base.basics.errors import InvalidInput
from base.basics.sessions import Session


def ask_at_flush(
    asked: Callable[[Mapper[Any]], Iterable[str]],
    faults: Callable[[Any, Mapping[str, Any]], dict[str, str]],
) -> None:
    """Refuse each flush of a row whose columns ``asked`` hold what ``faults`` names.

    A value that stood before is left alone: only what changes is asked.
    """

    @event.listens_for(OrmSession, "before_flush")
    def _refuse_at_flush(session: Session, context: Any, instances: Any) -> None:
        for row in (*session.new, *session.dirty):
            state = inspect(row)
            changed = {
                name: state.dict.get(name)
                for name in asked(state.mapper)
                # A form gives all its values back: what it did not change is not asked.
                if state.attrs[name].history.added
            }
            if changed and (found := faults(type(row), changed)):
                raise InvalidInput(next(iter(found.values())), found)
