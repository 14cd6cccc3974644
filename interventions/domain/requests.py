"""What becomes of a request as its work goes on."""

from __future__ import annotations

from interventions.domain import RequestState, State

#: What a request is once it is attached to work in a state: it follows its work.
_FOLLOWS = {
    State.FINISHED: RequestState.CLOSED,
    State.VALIDATED: RequestState.CLOSED,
    State.CANCELLED: RequestState.NEW,
}


def following(work: State, told: RequestState) -> RequestState:
    """The state of a request of the past, told to be accepted or closed, by the state of its work.

    Of work given up it is to sort again, for whoever asked still waits; told to be over, it was
    not granted.
    """
    if work is State.CANCELLED and told is RequestState.CLOSED:
        return RequestState.REFUSED
    return _FOLLOWS.get(work, RequestState.ACCEPTED)
