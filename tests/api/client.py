"""A client of the API that checks every answer against the published description."""

import json
from functools import cache
from typing import Any

import jsonschema_rs
from django.http import HttpResponse
from django.test import Client

from commanda.accounts.models import User
from commanda.accounts.services.api_keys import create_api_key
from commanda.api.openapi import describe
from commanda.kernel.actor import system_actor
from tests.factories import make_user

BASE = "/api/v1"


class ApiClient:
    """Speaks as one user. `last` is the latest answer."""

    def __init__(self, user: User | None = None, *, role: str = "admin", language: str = "en"):
        self.user = user or make_user(role)
        self.secret = create_api_key(actor=system_actor("test"), user=self.user, name="test")[1]
        self.client = Client(raise_request_exception=True)
        self.headers = {"Authorization": f"Bearer {self.secret}", "Accept-Language": language}

    def send(
        self, method: str, path: str, body: Any = None, *, key: str = "", query: dict[str, Any] | None = None
    ) -> HttpResponse:
        headers = {**self.headers, **({"Idempotency-Key": key} if key else {})}
        data = "" if body is None else json.dumps(body)
        response = self.client.generic(
            method,
            f"{BASE}{path}",
            data,
            content_type="application/json",
            headers=headers,
            query_params=query,
        )
        check_answer(method, response)
        return response

    def get(self, path: str, **query: Any) -> HttpResponse:
        return self.send("GET", path, query=query)

    def post(self, path: str, body: Any, *, key: str = "") -> HttpResponse:
        return self.send("POST", path, body, key=key)

    def patch(self, path: str, body: Any, *, key: str = "") -> HttpResponse:
        return self.send("PATCH", path, body, key=key)

    def put(self, path: str, body: Any, *, key: str = "") -> HttpResponse:
        return self.send("PUT", path, body, key=key)


def check_answer(method: str, response: HttpResponse) -> None:
    """Raise when the answer is not what the description promises for its operation and status."""
    match = response.resolver_match
    template = "/" + match.route if match else ""
    for name in match.captured_kwargs if match else ():
        template = template.replace(f"<{name}>", f"{{{name}}}").replace(f"<path:{name}>", f"{{{name}}}")
    if response["Content-Type"] == "image/webp":
        return
    validator = _validator(template, method.lower(), response.status_code, response["Content-Type"])
    errors = [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(response.json())]
    assert not errors, errors


@cache
def _validator(template: str, method: str, status: int, media_type: str) -> jsonschema_rs.Validator:
    """What the body of an answer must look like. Raises when the operation does not announce such an answer."""
    document = describe()
    operation = document["paths"].get(template, {}).get(method)
    if operation is None:
        assert status in {404, 405}, template
        answer = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    else:
        answer = operation["responses"].get(str(status))
        assert answer is not None, f"{method} {template} does not announce {status}"
    schema = answer["content"][media_type.partition(";")[0]]["schema"]
    return jsonschema_rs.validator_for({**schema, "components": document["components"]}, validate_formats=True)
