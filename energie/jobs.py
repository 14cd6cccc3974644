"""Periodic work of the module."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from base import clock
from base.i18n import _l
from base.jobs import periodic
from energie import queries
from energie.services import readings

#: A file that is still being written after this long was cut.
CUT_AFTER = timedelta(hours=1)


@periodic("23 * * * *", title=_l("Imports de relevés interrompus"))
def take_back_cut_imports(session: Any, args: dict[str, Any], ctx: Any) -> None:
    """Take back files of readings whose import was cut in the middle; they may come again."""
    for batch in queries.cut_batches(session, before=clock.now() - CUT_AFTER):
        readings.undo_batch(session, batch)
