"""Reading JSON bodies: numbers keep their digits, and what is no JSON object is refused in our own words."""

import json
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja.parser import Parser

from commanda.kernel.errors import Invalid


class BadBody(Invalid):
    """The body is not JSON."""

    code = "bad_json"
    status = 400
    default_text = _("The body is not valid JSON in UTF-8.")


class WrongMediaType(Invalid):
    """The body is announced as something else than JSON."""

    code = "wrong_media_type"
    status = 415
    default_text = _("Send the body as JSON, with the header Content-Type: application/json.")


class JsonParser(Parser):
    """Decimals instead of floats: 199.90 stays 199.90. NaN and Infinity are no JSON."""

    def parse_body(self, request: HttpRequest) -> Any:
        if request.content_type and request.content_type != "application/json":
            raise WrongMediaType
        try:
            return json.loads(request.body.decode(), parse_float=Decimal, parse_constant=_refuse)
        except (ValueError, RecursionError, ArithmeticError) as error:
            raise BadBody from error


def _refuse(name: str) -> None:
    raise ValueError(name)
