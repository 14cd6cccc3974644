"""REST resources beside the assets: categories, tags, the ledger."""

from __future__ import annotations

from typing import Any

from base.basics import clock
from base.basics.sessions import Session
from base.face.api import Row, verb
from base.face.api.card_api import CardApi, api_of
from patrimoine import services
from patrimoine.models import Asset, Tag
from patrimoine.records import CATEGORY, COST, TAG

#: What categories allow; read only.
CategoryApi = api_of(CATEGORY)
#: Read only, for verbs of other resources write it.
CostLineApi = api_of(COST)


class TagApi(CardApi, card=TAG):
    """Tags; made by the verb ``tag`` of an asset, never by hand."""

    @verb("link", Row("asset_id", Asset, required=True))
    def link(self, session: Session, row: Tag, given: dict[str, Any]) -> None:
        """Put the tag on an asset."""
        services.link_tag(session, row, given["asset_id"], at=clock.now())

    @verb("revoke")
    def revoke(self, session: Session, row: Tag, given: dict[str, Any]) -> None:
        """Make the tag lead nowhere."""
        services.revoke_tag(session, row, at=clock.now())
