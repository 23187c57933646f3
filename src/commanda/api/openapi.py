"""The description of the API as OpenAPI 3.1: what ninja knows, plus problems, idempotency and languages."""

from functools import cache
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe
from pydantic.json_schema import models_json_schema

from commanda.api.idempotency import HEADER
from commanda.api.problems import MEDIA_TYPE, TITLES, Problem

WRITES = frozenset({"post", "put", "patch"})
ALWAYS = (400, 401, 403, 422, 429, 500, 503)
TEMPLATE = "#/components/schemas/{model}"
KEY_PARAMETER = {
    "in": "header",
    "name": HEADER,
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 100},
    "description": "A key of your own for this write. The same key answers the same again and does nothing twice.",
}
LANGUAGE_PARAMETER = {
    "in": "header",
    "name": "Accept-Language",
    "required": False,
    "schema": {"type": "string", "examples": ["fr", "ar", "en"]},
    "description": "The language of labels and errors: fr (default), ar or en.",
}


@require_safe
def openapi_json(request: HttpRequest) -> JsonResponse:
    """The description, for everybody: it holds no data."""
    return JsonResponse(describe())


@cache
def describe() -> dict[str, Any]:
    """The OpenAPI document, made once per process."""
    from commanda.api.application import api

    document: dict[str, Any] = dict(api.get_openapi_schema(path_prefix="/api/v1/"))
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _complete(path, method, operation)
    _keys, definitions = models_json_schema([(Problem, "serialization")], ref_template=TEMPLATE)
    document["components"]["schemas"].update(definitions["$defs"])
    return document


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    for parameter in operation["parameters"]:
        parameter.pop("examples", None)  # ninja repeats the schema's list where OpenAPI wants a map
    operation["parameters"] = [*operation["parameters"], LANGUAGE_PARAMETER]
    statuses = set(ALWAYS)
    if "{" in path:
        statuses.add(404)
    if method in WRITES:
        operation["parameters"].append(KEY_PARAMETER)
        statuses |= {409, 413, 415}
    operation["responses"] = {str(status): answer for status, answer in operation["responses"].items()}
    for status in sorted(statuses):
        operation["responses"][str(status)] = {
            "description": _title(status),
            "content": {MEDIA_TYPE: {"schema": {"$ref": TEMPLATE.format(model="Problem")}}},
        }


def _title(status: int) -> str:
    from django.utils.translation import override

    with override("en"):
        return str(TITLES[status])
