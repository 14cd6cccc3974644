"""REST resources beside the assets: categories, tags, the ledger."""

from __future__ import annotations

from base.api.card_api import api_of
from patrimoine.records import CATEGORY, COST, TAG

#: What categories allow; read only.
CategoryApi = api_of(CATEGORY)
#: Read only, for verbs of other resources write it.
CostLineApi = api_of(COST)
#: Made by the verb ``tag`` of an asset, never by hand.
TagApi = api_of(TAG)
