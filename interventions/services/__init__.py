"""What people do: each verb is a function, the session first, never a commit."""

from interventions.services.agents import RateExists, rate_on, set_rate
from interventions.services.checklist import add_point, answer_point, drop_point
from interventions.services.costs import (
    AlreadyReversed,
    NoRate,
    consume_part,
    correct_labour,
    record_expense,
    record_labour,
    reverse_line,
)
from interventions.services.photos import add_photo, show_photo
from interventions.services.requests import (
    AlreadyAsked,
    attach,
    open_from_report,
    open_request,
    refuse,
)
from interventions.services.signatures import (
    AlreadySigned,
    SignatureMissing,
    keep_picture,
    kept_for_signature,
    sign,
)
from interventions.services.stock import NotEnough, adjust, only_store_of, receive
from interventions.services.work_orders import (
    AssetGone,
    ChecklistOpen,
    accept,
    cancel,
    describe,
    finish,
    open_work_order,
    pause,
    plan,
    reopen,
    schedule,
    start,
    validate,
)

__all__ = [
    "AlreadyAsked",
    "AlreadyReversed",
    "AlreadySigned",
    "AssetGone",
    "ChecklistOpen",
    "NoRate",
    "NotEnough",
    "RateExists",
    "SignatureMissing",
    "accept",
    "add_photo",
    "add_point",
    "adjust",
    "answer_point",
    "attach",
    "cancel",
    "consume_part",
    "correct_labour",
    "describe",
    "drop_point",
    "finish",
    "keep_picture",
    "kept_for_signature",
    "only_store_of",
    "open_from_report",
    "open_request",
    "open_work_order",
    "pause",
    "plan",
    "rate_on",
    "receive",
    "record_expense",
    "record_labour",
    "refuse",
    "reopen",
    "reverse_line",
    "schedule",
    "set_rate",
    "show_photo",
    "sign",
    "start",
    "validate",
]
