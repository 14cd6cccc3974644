"""What people do: each verb is a function, the session first, never a commit."""

from interventions.services import latest as latest
from interventions.services.agents import RateExists, link_account, own_agent, rate_on, set_rate
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
from interventions.services.finishing import (
    TimeUntold,
    finish_at_desk,
    finish_by_program,
)
from interventions.services.forgetting import forget_requester, forget_requesters
from interventions.services.former_requests import write_past_requests
from interventions.services.history import write_past
from interventions.services.lines import log_labour, take_part, write_expense
from interventions.services.on_site import Signed, begin_on_site, finish_on_site, report_on_site
from interventions.services.past import (
    PastExpense,
    PastLabour,
    PastOrder,
    PastPart,
    PastPoint,
    PastRequest,
)
from interventions.services.photos import add_photo, change_moment, show_photo
from interventions.services.planning import (
    assign,
    describe,
    plan,
    put_on_calendar,
    rank,
    reword,
    schedule,
)
from interventions.services.requests import (
    AlreadyAsked,
    attach,
    open_from_report,
    open_request,
    open_told,
    refuse,
)
from interventions.services.signatures import (
    AlreadySigned,
    SignatureMissing,
    keep_picture,
    kept_for_signature,
    sign,
)
from interventions.services.stock import NotEnough, adjust, only_store_of, receive, take_back
from interventions.services.validating import unvalidate, validate
from interventions.services.withdrawing import withdraw, withdraw_request
from interventions.services.work_orders import (
    AssetGone,
    ChecklistOpen,
    accept,
    cancel,
    finish,
    open_work_order,
    pause,
    reopen,
    start,
)

__all__ = [
    "AlreadyAsked",
    "AlreadyReversed",
    "AlreadySigned",
    "AssetGone",
    "ChecklistOpen",
    "NoRate",
    "NotEnough",
    "PastExpense",
    "PastLabour",
    "PastOrder",
    "PastPart",
    "PastPoint",
    "PastRequest",
    "RateExists",
    "SignatureMissing",
    "Signed",
    "TimeUntold",
    "accept",
    "add_photo",
    "add_point",
    "adjust",
    "answer_point",
    "assign",
    "attach",
    "begin_on_site",
    "cancel",
    "change_moment",
    "consume_part",
    "correct_labour",
    "describe",
    "drop_point",
    "finish",
    "finish_at_desk",
    "finish_by_program",
    "finish_on_site",
    "forget_requester",
    "forget_requesters",
    "keep_picture",
    "kept_for_signature",
    "link_account",
    "log_labour",
    "only_store_of",
    "open_from_report",
    "open_request",
    "open_told",
    "open_work_order",
    "own_agent",
    "pause",
    "plan",
    "put_on_calendar",
    "rank",
    "rate_on",
    "receive",
    "record_expense",
    "record_labour",
    "refuse",
    "reopen",
    "report_on_site",
    "reverse_line",
    "reword",
    "schedule",
    "set_rate",
    "show_photo",
    "sign",
    "start",
    "take_back",
    "take_part",
    "unvalidate",
    "validate",
    "withdraw",
    "withdraw_request",
    "write_expense",
    "write_past",
    "write_past_requests",
]
