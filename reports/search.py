"""What is searched of this module: documents that a report made, by number or code."""

from __future__ import annotations

from base.basics.i18n import _l
from base.engine.search import searchable
from base.papers.reporting import title_of
from reports.models import ReportRun

searchable(
    "rr",
    ReportRun,
    ("number", "verification_code"),
    page="ReportRunView.show",
    title=_l("Rapports"),
    icon="report",
    order=70,
    shown=lambda row: (row.number, title_of(row.code)),
)
