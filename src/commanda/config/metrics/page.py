"""The page `/metrics`."""

import os
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from commanda.config.metrics.sharing import VARIABLE, forget_the_dead
from commanda.config.metrics.state import StateCollector
from commanda.kernel.scrape import CONTENT_TYPE, REFUSAL, may_scrape


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Everything in Prometheus' text format; 403 for whoever may not read it (`kernel.scrape`)."""
    allowed = may_scrape(
        token=settings.METRICS_TOKEN,
        authorization=request.headers.get("Authorization", ""),
        address=request.META.get("REMOTE_ADDR", ""),
        headers=[name.lower() for name in request.headers],
    )
    if not allowed:
        return HttpResponse(REFUSAL, status=403, content_type="text/plain")
    state = CollectorRegistry()
    state.register(StateCollector())
    return HttpResponse(generate_latest(_counted()) + generate_latest(state), content_type=CONTENT_TYPE)


def _counted() -> CollectorRegistry:
    """What this process counted, or with all those it counts with."""
    directory = os.environ.get(VARIABLE)
    if not directory:
        return REGISTRY
    forget_the_dead(Path(directory))
    together = CollectorRegistry()
    MultiProcessCollector(together)
    return together
