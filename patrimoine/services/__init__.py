"""What people do to the register."""

from patrimoine.services.assets import (
    create,
    move,
    next_codes,
    taken_sentence,
    update,
)
from patrimoine.services.categories import (
    archive_category,
    create_category,
    remove_category,
    update_category,
)
from patrimoine.services.checks import checked, parcel_parts
from patrimoine.services.contacts import forget_contact, forget_contacts
from patrimoine.services.costs import book_cost, cost_line, reverse_cost, reverse_source
from patrimoine.services.definitions import (
    archive_field,
    define_field,
    remove_field,
    rename_choice,
    reorder,
    update_field,
)
from patrimoine.services.endings import archive, remove, restore
from patrimoine.services.ends import bring_back, require_in_use
from patrimoine.services.fields import FieldsRefused, defaults, set_values
from patrimoine.services.shapes import drop_geometry, set_geometry
from patrimoine.services.tags import (
    accept_report,
    close_report,
    end_report,
    issue_blank_tags,
    issue_tag,
    issue_tags,
    link_tag,
    note_prints,
    receive_report,
    reopen_report,
    revoke_tag,
    support_report,
    words_of,
)

__all__ = [
    "taken_sentence",
    "FieldsRefused",
    "accept_report",
    "archive",
    "archive_category",
    "archive_field",
    "book_cost",
    "bring_back",
    "checked",
    "close_report",
    "cost_line",
    "create",
    "create_category",
    "defaults",
    "define_field",
    "drop_geometry",
    "end_report",
    "forget_contact",
    "forget_contacts",
    "issue_blank_tags",
    "issue_tag",
    "issue_tags",
    "link_tag",
    "move",
    "next_codes",
    "note_prints",
    "parcel_parts",
    "receive_report",
    "remove",
    "remove_category",
    "remove_field",
    "reopen_report",
    "rename_choice",
    "reorder",
    "require_in_use",
    "restore",
    "reverse_cost",
    "reverse_source",
    "revoke_tag",
    "set_geometry",
    "set_values",
    "support_report",
    "words_of",
    "update",
    "update_category",
    "update_field",
]
