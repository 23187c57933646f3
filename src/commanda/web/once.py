"""Forms that act once: a hidden one-time token, remembered with the answer in the transaction of the write."""

from collections.abc import Callable
from uuid import uuid4

from commanda.accounts.services.once import claim_request, digest_of, store_answer, was_answered
from commanda.kernel.transaction import unit_of_work
from commanda.web.page import PageRequest

FIELD = "once"


def form_token(request: PageRequest) -> str:
    """The token for the form's hidden field `once`: the one that came back with errors, or a new one."""
    return request.POST.get(FIELD) or uuid4().hex


def answered_before(request: PageRequest, about: str = "") -> bool:
    """Whether this form was sent, and its write done, before: its answer was lost on the way."""
    token = request.POST.get(FIELD, "")
    return bool(token) and was_answered(actor=request.actor, key=token, digest=digest_of(request.path, about))


def once_only(request: PageRequest, write: Callable[[], str], about: str = "") -> str:
    """Do `write` unless this form was sent before; returns its answer (a reference), now or from the first time.

    `about` says what the form was sent for, where it has several buttons. An error of `write` undoes it and frees
    the token, so that a mended form can be sent again.
    """
    token = request.POST.get(FIELD, "")
    if not token:
        return write()
    with unit_of_work():
        earlier = claim_request(actor=request.actor, key=token, digest=digest_of(request.path, about))
        if earlier is not None:
            return str(earlier.answer)
        answer = write()
        store_answer(actor=request.actor, key=token, status=200, answer=answer)
    return answer
