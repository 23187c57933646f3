"""The REST API, version 1."""

from ninja import NinjaAPI
from ninja.operation import Operation

from commanda.api.account.router import router as account_router
from commanda.api.auth import KeyAuth
from commanda.api.catalog.router import router as catalog_router
from commanda.api.customers.router import router as customers_router
from commanda.api.orders import router as orders_router
from commanda.api.parser import JsonParser
from commanda.api.problems import handle_problems
from commanda.api.throttle import KeyThrottle

DESCRIPTION = """\
Orders, products and stock of a Commanda installation.

Every request carries a key, `Authorization: Bearer cmd_…`, and may do what the key's owner may do. Amounts are
MAD as strings ("199.00"), instants are UTC, days are Moroccan. Lists have a cursor: send `next_cursor` back as
`cursor`. Writes take an `Idempotency-Key`. A key that asks too fast gets 429 with `Retry-After`. Errors are
`application/problem+json` with a stable `code`.
"""


class CommandaApi(NinjaAPI):
    """Names each operation in the description like its function."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__


api = CommandaApi(
    title="Commanda",
    version="1.0.0",
    description=DESCRIPTION,
    openapi_url=None,
    docs_url=None,
    auth=KeyAuth(),
    throttle=KeyThrottle(),
    parser=JsonParser(),
    urls_namespace="api",
)
api.add_router("", account_router)
api.add_router("", catalog_router)
api.add_router("", orders_router)
api.add_router("", customers_router)
handle_problems(api)
