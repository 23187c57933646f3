"""What every page needs: a signed-in person with the right, a typed request, errors turned into words.

@page(Perm.ORDERS_VIEW)
def order_list(request: PageRequest) -> HttpResponse: ...

with form_errors(form):          # a service's `Invalid(field=…)` lands beside its field
    create_order(actor=request.actor, draft=…)
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.forms import BaseForm
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django_htmx.middleware import HtmxDetails

from commanda.accounts.models import User
from commanda.kernel.actor import Actor
from commanda.kernel.errors import CommandaError

View = Callable[..., HttpResponseBase]


class PageRequest(HttpRequest):
    """The request as pages see it; `actor` is set by `ActorMiddleware`."""

    actor: Actor
    user: User
    htmx: HtmxDetails


def page(*permissions: str) -> Callable[[View], View]:
    """Let in only signed-in people who have one of `permissions` (any, when none is named)."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: PageRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.actor.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if permissions and not any(request.actor.can(permission) for permission in permissions):
                request.actor.require(permissions[0])
            return view(request, *args, **kwargs)

        return guarded

    return decorate


@contextmanager
def form_errors(form: BaseForm) -> Iterator[None]:
    """Put an expected error beside its field, or above the form; check `form.is_valid()` / `form.errors` after."""
    try:
        yield
    except CommandaError as error:
        field = error.field if error.field in form.fields else None
        form.add_error(field, str(error))
