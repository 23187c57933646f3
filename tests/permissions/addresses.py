"""Every address of the application, found in the URL resolver, with sample objects for its parameters."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.api.bodies import BODIES, filled_body
from tests.permissions.shop import Shop


@dataclass(frozen=True)
class Address:
    """A named URL with the names of its parameters."""

    name: str
    parameters: tuple[str, ...]

    @property
    def is_api(self) -> bool:
        return self.name.startswith("api:")


def addresses() -> list[Address]:
    """All of them, by name; several patterns of one name are one address."""
    found = {address.name: address for address in _walk(get_resolver().url_patterns, "", ())}
    return [found[name] for name in sorted(found)]


def _walk(patterns: list[Any], namespace: str, outer: tuple[str, ...]) -> Iterator[Address]:
    for pattern in patterns:
        names = (*outer, *(getattr(pattern.pattern, "converters", None) or pattern.pattern.regex.groupindex))
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, inner, names)
        elif isinstance(pattern, URLPattern):
            assert pattern.name, f"{pattern.pattern} has no name"
            yield Address(f"{namespace}{pattern.name}", names)


@cache
def _browser() -> Client:
    """One for all: each new one would set up all middleware again."""
    return Client()


def arguments(shop: Shop, address: Address, order: str = "mine") -> dict[str, Any]:
    """A sample object for each parameter; `order` says whose order is meant."""
    things = shop.things
    by_name: dict[str, Any] = {
        "reference": shop.orders[order].reference,
        "order_id": shop.orders[order].pk,
        "customer_id": shop.orders[order].customer_id,
        "phone": shop.orders[order].phone_e164,
        "product_id": things["variant"].product_id,
        "variant_id": things["variant"].pk,
        "sku": things["variant"].sku,
        "alias_id": things["alias"].pk,
        "carrier_id": things["carrier"].pk,
        "manifest_id": things["manifest"].pk,
        "source_id": things["source"].pk,
        "run_id": things["run"].pk,
        "row_id": things["row"].pk,
        "mending_id": things["mending"].pk,
        "upload_id": things["upload"].pk,
        "hook_id": things["hook"].hook_id,
        "delivery_id": things["delivery"].pk,
        "user_id": shop.people["other_agent"].pk,
        "role_id": things["role"].pk,
        "draft_id": things["draft"].pk,
        "attachment_id": things["attachment"].pk,
        "type_id": things["draft"].order_type_id,
        "type_slug": "b2c",
        "step_slug": "customer",
        "key_id": things["key"].pk,
        "store_id": shop.orders[order].store_id,
        "plan_id": things["plan"].pk,
        "statement_id": things["statement"].pk,
        "expense_id": things["expense"].pk,
        "account_id": things["ad_account"].pk,
        "rate_id": things["ad_rate"].pk,
        "receipt_id": things["receipt"].pk,
        "sheet_id": things["costs"].pk,
        "outcome_id": things["outcome"].pk,
        "rule_id": things["rule"].pk,
        "holiday_id": things["holiday"].pk,
        "alert_id": things["alert"].pk,
        "alert_rule_id": things["alert"].rule_id,
        "alert_kind": "high_returns",
        "mute_id": things["mute"].pk,
        "call_id": 0,
        "offer_id": things["offer"].pk,
        "view_id": 0,
        "report_slug": "products",
        "schedule_id": things["schedule"].pk,
        "name": things["variant"].product.picture.name,
        "kind": "csv",
        "rest": "nothing/here",
    }
    by_address: dict[str, dict[str, Any]] = {
        "intake_delivery_retry": {"source_id": things["hook"].pk},
        "finance_expenses_import_preview": {"sheet_id": things["expenses"].pk},
        "ads_rule_delete": {"rule_id": things["ad_rule"].pk},
        "ads_rule_up": {"rule_id": things["ad_rule"].pk},
        "orders_bulk_run": {"run_id": 0},  # one's own only
        "shipping_inspect": {"order_id": shop.orders["returned"].pk},
        "entry_file_remove": {"attachment_id": things["draft_file"].pk},
        "shipping_tracking": {"order_id": shop.orders["shipped"].pk},
        "mfa_remove_webauthn": {"pk": 1},
        "mfa_edit_webauthn": {"pk": 1},
        "account_reset_password_from_key": {"uidb36": "1", "key": "x-y"},
        "account_confirm_email": {"key": "x"},
    }
    known = {**by_name, **by_address.get(address.name, {})}
    return {name: known[name] for name in address.parameters}


def ask(
    shop: Shop,
    role: str,
    address: Address,
    method: str,
    *,
    order: str = "mine",
    query: str = "",
    kind: str = "csv",
    client: Client | None = None,
    sent: str = "",
    changed: dict[str, Any] | None = None,
) -> Any:
    """The answer a role gets. The API is asked with the role's key and a right body, pages by a signed-in browser.

    The cookies are set anew each time: signing out in one request must not end the others. `sent` is a form's body;
    `changed` replaces some of the address's parameters.
    """
    known = arguments(shop, address, order) | (changed or {})
    url = reverse(address.name, kwargs=known | ({"kind": kind} if "kind" in known else {})) + query
    client = client or _browser()
    client.cookies.clear()
    if not address.is_api:
        if role in shop.sessions:
            client.cookies["sessionid"] = shop.sessions[role]
        return client.generic(method, url, sent, content_type="application/x-www-form-urlencoded")
    headers = {"Authorization": f"Bearer {shop.keys[role]}"} if role in shop.keys else {}
    operation = address.name.removeprefix("api:")
    body = b""
    if method != "GET" and operation in BODIES:
        body = filled_body(operation, order_id=shop.orders[order].pk, variant_id=shop.things["variant"].pk)
    return client.generic(method, url, body, content_type="application/json", headers=headers)
