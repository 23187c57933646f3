"""Pages that render whole or in part, and the few answers htmx understands.

return render_page(request, "orders/list.html", {"page": page}, partial="orders/_table.html")
return toast(HttpResponse(status=204), _("Assigned"), undo_url=url)
"""

import json
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

LEVELS = {
    messages.DEBUG: "info",
    messages.INFO: "info",
    messages.SUCCESS: "success",
    messages.WARNING: "warning",
    messages.ERROR: "danger",
}


def wants_partial(request: HttpRequest) -> bool:
    """Whether htmx asks for a part: not for a boosted link, not when it restores history."""
    htmx = getattr(request, "htmx", None)
    return htmx is not None and bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def render_page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    partial: str | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render `template`, or `partial` when htmx asks for a part; messages then travel as toasts.

    Answer a form with errors with `status=422`: htmx swaps it in, other clients see that nothing was saved.
    """
    is_partial = partial is not None and wants_partial(request)
    response = render(request, partial if is_partial and partial else template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return with_messages(request, response) if is_partial else response


def trigger(
    response: HttpResponse,
    event: str,
    detail: Mapping[str, Any] | None = None,
    *,
    header: str = "HX-Trigger",
) -> HttpResponse:
    """Add a browser event with `detail` to the answer; events already there stay.

    The event starts at the body: what sent the request may have been replaced while it was under way, and an event
    of a part that left the page reaches nobody.
    """
    events = json.loads(response.headers.get(header, "{}"))
    events[event] = {**(detail or {}), "target": "body"}
    # ASCII only: a header carries no Arabic.
    response.headers[header] = json.dumps(events)
    return response


def toast(
    response: HttpResponse,
    text: Any,
    level: str = "success",
    *,
    undo_url: str = "",
    link: str = "",
) -> HttpResponse:
    """Show a short message after this answer; `undo_url` adds a button that posts there."""
    shown = json.loads(response.headers.get("HX-Trigger", "{}")).get("toast", {"rows": []})["rows"]
    row = {"text": str(text), "level": level, "undo_url": undo_url, "link": link}
    return trigger(response, "toast", {"rows": [*shown, row]})


def with_messages(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Move the waiting messages into the answer as toasts."""
    for message in messages.get_messages(request):
        toast(response, message.message, LEVELS.get(message.level, "info"))
    return response


def redirect(request: HttpRequest, url: str) -> HttpResponse:
    """Send the browser to `url`, whether htmx asked or a plain form."""
    if getattr(request, "htmx", None):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def refresh() -> HttpResponse:
    """Make htmx load the whole page again."""
    return HttpResponse(status=204, headers={"HX-Refresh": "true"})
