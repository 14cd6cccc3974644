"""What reports read: sums of the ledger, events of a record, runs."""

from reports.queries.asked import NOTHING, ZERO, Asked, Sums, sums_of
from reports.queries.lines import Detail, Named, details, details_of_asset, first_lines, named
from reports.queries.perimeter import (
    asset_code,
    asset_count,
    assets_with_code,
    entities,
    services,
    services_with_code,
    services_with_words,
    zone_of_scope,
)
from reports.queries.runs import (
    finished_with_question,
    last_asked,
    last_finished,
    may_open,
    run_by_id,
    runs_by_ids,
)
from reports.queries.sums import Group, Summed, last_day, summed
from reports.queries.trail import data_cut, documents, events_of

__all__ = [
    "NOTHING",
    "ZERO",
    "Asked",
    "Detail",
    "Group",
    "Named",
    "Summed",
    "Sums",
    "asset_code",
    "asset_count",
    "assets_with_code",
    "data_cut",
    "details",
    "details_of_asset",
    "documents",
    "entities",
    "events_of",
    "finished_with_question",
    "first_lines",
    "last_asked",
    "last_day",
    "last_finished",
    "may_open",
    "named",
    "run_by_id",
    "runs_by_ids",
    "services",
    "services_with_code",
    "services_with_words",
    "summed",
    "sums_of",
    "zone_of_scope",
]
