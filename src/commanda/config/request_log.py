"""The log of requests that went wrong."""

from uuid import uuid4

import structlog
from django.http import HttpRequest, HttpResponse
from django_structlog.middlewares import RequestMiddleware

from commanda.config.metrics.requests import route_of


class RequestLog(RequestMiddleware):
    """As the library does it, but an address is told by its pattern: path and query hold phones, names and tokens.

    Lines that our level leaves out (begun, gone well) are not put together first: they took a thirtieth of a request.
    """

    def prepare(self, request: HttpRequest) -> None:
        structlog.contextvars.bind_contextvars(request_id=str(uuid4()))
        self.bind_user_id(request)

    def handle_response(self, request: HttpRequest, response: HttpResponse) -> None:
        if response.status_code < 400 and not response.streaming:
            structlog.contextvars.clear_contextvars()
        else:
            super().handle_response(request, response)

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {route_of(request)}"
