"""What people do to the register."""

from patrimoine.services.assets import (
    create,
    move,
    next_code,
    next_codes,
    set_geometry,
    update,
)
from patrimoine.services.checks import checked, parcel_parts
from patrimoine.services.costs import book_cost, cost_line, reverse_cost, reverse_source
from patrimoine.services.endings import archive, remove, restore
from patrimoine.services.fields import define_field, set_values
from patrimoine.services.tags import (
    accept_report,
    close_report,
    forget_contacts,
    issue_blank_tags,
    issue_tag,
    issue_tags,
    link_tag,
    note_prints,
    receive_report,
    revoke_tag,
    support_report,
)

__all__ = [
    "accept_report",
    "archive",
    "book_cost",
    "checked",
    "close_report",
    "cost_line",
    "create",
    "define_field",
    "forget_contacts",
    "issue_blank_tags",
    "issue_tag",
    "issue_tags",
    "link_tag",
    "move",
    "next_code",
    "next_codes",
    "note_prints",
    "parcel_parts",
    "receive_report",
    "remove",
    "restore",
    "reverse_cost",
    "reverse_source",
    "revoke_tag",
    "set_geometry",
    "set_values",
    "support_report",
    "update",
]
