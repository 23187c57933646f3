"""Writes that must happen once although they may be asked for twice: API `Idempotency-Key`, one-time form tokens.

    with unit_of_work():
        earlier = claim_request(actor=actor, key=token, digest=digest_of(order_id, outcome))
        if earlier is None:
            result = log_call(actor=actor, …)
            store_answer(actor=actor, key=token, status=200, answer={"call": result.call_id})

The claim lives and dies with the transaction of the write: when the write fails, the key is free again.
"""

import hashlib
import json
from datetime import timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.utils.translation import gettext_lazy as _

from commanda.accounts.models import AnsweredRequest
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Conflict, Invalid

KEEP = timedelta(days=2)
MAX_KEY = 100

CLAIM = """
INSERT INTO accounts_answeredrequest (user_id, key, digest, status, answer, created_at)
VALUES (%s, %s, %s, 0, NULL, %s)
ON CONFLICT (user_id, key) DO NOTHING
"""


def digest_of(*parts: Any) -> str:
    """A fingerprint of what is asked for: equal parts, equal digest."""
    text = json.dumps(parts, cls=DjangoJSONEncoder, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def is_answered(*, actor: Actor, key: str) -> bool:
    """Whether the write of a one-time key was done."""
    return AnsweredRequest.objects.filter(user_id=_person(actor), key=key).exists()


def was_answered(*, actor: Actor, key: str, digest: str) -> bool:
    """Whether the write of a one-time key was done, and asked for the same."""
    return AnsweredRequest.objects.filter(user_id=_person(actor), key=key, digest=digest).exists()


def claim_request(*, actor: Actor, key: str, digest: str) -> AnsweredRequest | None:
    """Claim a one-time key for the write that follows in this transaction.

    None: the key is new, do the write and call `store_answer`. A row: the write was done before, give its answer
    again. While another transaction holds the key, this waits for its end (at most `lock_timeout`, then `Busy`
    by `unit_of_work`). Raises `Conflict` (`idempotency_mismatch`) when the key came with another digest before.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("claim_request belongs into the transaction of the write")
    user_id = _person(actor)
    if not 0 < len(key) <= MAX_KEY:
        raise Invalid(
            _("The one-time key must have 1 to %(longest)s characters."),
            code="bad_idempotency_key",
            longest=MAX_KEY,
        )
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [user_id, key, digest, now()])
        if cursor.rowcount:
            return None
    earlier = AnsweredRequest.objects.get(user_id=user_id, key=key)
    if earlier.digest != digest:
        raise Conflict(
            _("This was sent before with other content. Load the page again to see what was saved."),
            code="idempotency_mismatch",
        )
    return earlier


def store_answer(*, actor: Actor, key: str, status: int, answer: Any) -> None:
    """Keep the answer of the write for whoever asks again with the same key; `answer` is JSON."""
    AnsweredRequest.objects.filter(user_id=_person(actor), key=key).update(status=status, answer=answer)


def forget_old_answers() -> int:
    """Delete the keys older than two days; returns how many."""
    return AnsweredRequest.objects.filter(created_at__lt=now() - KEEP).delete()[0]


def _person(actor: Actor) -> int:
    if actor.user_id is None:
        raise RuntimeError("only a person's requests are claimed")
    return actor.user_id
