"""The log of requests that went wrong."""

from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware

from commanda.config.metrics.requests import route_of


class RequestLog(RequestMiddleware):
    """As the library does it, but an address is told by its pattern: path and query hold phones, names and tokens."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {route_of(request)}"
