"""The published description is true: valid OpenAPI 3.1, and the API does what it says for any input."""

import jsonschema_rs
import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from commanda.api.openapi import WRITES, describe
from tests.api.client import ApiClient
from tests.factories import make_order, make_variant

DOCUMENT = describe()
OPERATIONS = [(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods]
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
QUIET = settings(max_examples=25, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


@pytest.fixture
def one_connection(db):
    """Requests stay in the test's transaction, as those of Django's own test client do."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def test_every_operation_is_described():
    ids = [DOCUMENT["paths"][path][method]["operationId"] for path, method in OPERATIONS]
    assert len(ids) == len(set(ids))
    for path, method in OPERATIONS:
        operation = DOCUMENT["paths"][path][method]
        assert operation["summary"], path
        assert operation["description"].rstrip().endswith((".", "`.")), path
        assert operation["security"] == [{"KeyAuth": []}], path
        assert {"401", "403", "422", "500", "503"} <= set(operation["responses"]), path
        headers = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "header"}
        assert ("Idempotency-Key" in headers) == (method in WRITES), path
        for status, answer in operation["responses"].items():
            expected = {"application/json", "image/webp"} if status < "300" else {"application/problem+json"}
            assert len(answer["content"]) == 1, (path, status)
            assert set(answer["content"]) <= expected, (path, status)


def test_every_schema_is_valid():
    for name, schema in DOCUMENT["components"]["schemas"].items():
        assert jsonschema_rs.meta.is_valid(schema), name
    assert DOCUMENT["components"]["securitySchemes"]["KeyAuth"] == {"type": "http", "scheme": "bearer"}


def test_every_reference_leads_somewhere():
    known = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}

    def targets(node):
        if isinstance(node, dict):
            if "$ref" in node:
                yield node["$ref"]
            for value in node.values():
                yield from targets(value)
        elif isinstance(node, list):
            for value in node:
                yield from targets(value)

    assert set(targets(DOCUMENT)) <= known


def test_nobody_can_send_or_get_a_cost():
    names = {
        name.lower() for schema in DOCUMENT["components"]["schemas"].values() for name in schema.get("properties", {})
    }
    assert not [name for name in names for word in ("cost", "profit", "margin", "commission", "spend") if word in name]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["valid", "invalid"])
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_answer_is_as_described_when_the_input_is(path, method, mode, one_connection):
    client = ApiClient()
    order = make_order(make_variant(sku="TEA-1", stock=50), customer_name="Zineb Exemple")
    schema = schemathesis.openapi.from_dict(DOCUMENT)
    schema.app = WSGIHandler()
    operation = schema[path][method.upper()]

    @QUIET
    @given(case=operation.as_strategy(generation_mode=mode), is_ours=st.booleans())
    def ask(case, is_ours):
        if is_ours and case.path_parameters:
            known = {"reference": order.reference, "sku": "TEA-1", "phone": order.phone_e164, "name": "none.webp"}
            case.path_parameters.update({name: known[name] for name in case.path_parameters})
        with transaction.atomic():
            response = case.call(headers=client.headers)
            case.validate_response(response, checks=CHECKS)
            transaction.set_rollback(True)

    ask()
