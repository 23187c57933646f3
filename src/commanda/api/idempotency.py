"""Writes of the API, done once per `Idempotency-Key`.

The key, the write and its answer are kept in one transaction. The same request with the same key gets the
stored answer again (header `Idempotent-Replayed`), the same key with another request a 409. Of two at once
one does the work; the other waits for it, at most three seconds. Keys are kept for two days.
"""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.db import OperationalError
from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _
from psycopg.errors import LockNotAvailable
from pydantic import BaseModel

from commanda.accounts.models import AnsweredRequest
from commanda.accounts.services.once import claim_request, digest_of, store_answer
from commanda.api.auth import ApiRequest
from commanda.api.replies import plain, reply
from commanda.kernel.errors import Conflict
from commanda.kernel.transaction import unit_of_work

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
Body = TypeVar("Body", bound=BaseModel)


class InProgress(Conflict):
    """Another request with the same key is still at work."""

    code = "idempotency_in_progress"
    is_retryable = True
    default_text = _("The same request is being done at this moment. Ask again in a second for its answer.")


def once(status: int = 200) -> Callable[[Callable[..., Body]], Callable[..., HttpResponse]]:
    """Make an operation a write: its schema becomes the answer with `status`, once per key."""

    def decorate(operation: Callable[..., Body]) -> Callable[..., HttpResponse]:
        @wraps(operation)
        def write(request: ApiRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            key = request.headers.get(HEADER)
            if key is None:
                return reply(operation(request, *args, **kwargs), status)
            with unit_of_work():
                earlier = _claim(request, key)
                if earlier is not None:
                    return JsonResponse(earlier.answer, safe=False, status=earlier.status, headers={REPLAYED: "true"})
                body = operation(request, *args, **kwargs)
                store_answer(actor=request.actor, key=key, status=status, answer=plain(body))
            return reply(body, status)

        return write

    return decorate


def _claim(request: ApiRequest, key: str) -> AnsweredRequest | None:
    content = hashlib.sha256(request.body).hexdigest()
    try:
        return claim_request(
            actor=request.actor, key=key.replace("\x00", ""), digest=digest_of(request.method, request.path, content)
        )
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise InProgress from error
        raise
