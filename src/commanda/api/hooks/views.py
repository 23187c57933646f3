"""Where other programs send orders to: signed, stored, answered at once. Problems are JSON, as in the API."""

from uuid import UUID

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from commanda.api.problems import answer, plain_problem, problem_of
from commanda.intake.deliveries import MAX_BODY, BadDelivery
from commanda.intake.services.hooks_receive import receive_delivery
from commanda.kernel.actor import system_actor
from commanda.kernel.errors import CommandaError


@csrf_exempt  # the signature proves the sender; no cookie counts here
def receive(request: HttpRequest, hook_id: UUID) -> HttpResponse:
    """202 with the delivery's id, 200 when it is known already or only an event; the sender need not wait for more.

    401 for a wrong or old signature, 404 for an unknown address, 413 beyond 1 MiB, 400 and 422 for what cannot be
    read. After a 5xx the same body may be sent again under the same id: nothing is doubled.
    """
    if request.method != "POST":
        refused = plain_problem(405)
        refused["Allow"] = "POST"
        return refused
    try:
        receipt = receive_delivery(
            actor=system_actor("hook"),
            hook_id=hook_id,
            signature=request.headers.get("X-Commanda-Signature", ""),
            delivery_id=request.headers.get("X-Commanda-Delivery", ""),
            body=_body(request),
        )
    except CommandaError as error:
        return answer(problem_of(error))
    return JsonResponse({"delivery": receipt.delivery_id or None}, status=202 if receipt.is_new else 200)


def _body(request: HttpRequest) -> bytes:
    """The body, read only when it may be as large as it says. Raises `BadDelivery`."""
    too_large = BadDelivery("body_too_large", limit=MAX_BODY // 1024)
    told = request.headers.get("Content-Length", "")
    if told.isascii() and told.isdigit() and int(told) > MAX_BODY:
        raise too_large
    try:
        return request.body
    except RequestDataTooBig:
        raise too_large from None
    except UnreadablePostError:
        raise BadDelivery("not_json") from None
