"""Background work of the module: whoever asked is forgotten in time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from base.basics import clock
from base.basics.i18n import _l, ngettext
from base.basics.sessions import Session
from base.desk import own_settings
from base.engine.jobs import Context, periodic
from base.rules.rights import entities
from interventions import services
from patrimoine.queries.tags import CONTACT_DAYS


@periodic("47 3 * * *", title=_l("Coordonnées des demandeurs"))
def forget_requesters(session: Session, args: dict[str, Any], ctx: Context) -> None:
    """Erase who asked some time after their request was over, as the public page says."""
    count = 0
    for entity in entities.by_name(session):
        days = own_settings.value_of(session, CONTACT_DAYS, entity.id)
        before = clock.now() - timedelta(days=days)
        count += services.forget_requesters(session, closed_before=before, entity_id=entity.id)
    ctx.log(ngettext("%(num)d demandeur oublié", "%(num)d demandeurs oubliés", count))
