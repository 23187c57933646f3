"""Stock is right under any path: random lives of orders, with the books added up after each step."""

from collections import Counter
from contextlib import suppress

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from commanda.kernel.actor import system_actor
from commanda.kernel.errors import CommandaError
from commanda.orders.default_workflow import STATES
from commanda.orders.models import Order, OrderLine
from commanda.orders.services.drafts import LineDraft
from commanda.orders.services.edit import edit_order
from commanda.orders.services.inspect import Verdict, inspect_return
from commanda.orders.services.transition import transition_order, transition_orders
from commanda.stock.models import StockLevel, StockMovement
from commanda.stock.services.documents import StockLine, adjust_stock, count_stock, receive_stock, release_quarantine
from tests.factories import make_bundle, make_order, make_variant

ACTOR = system_actor("test")
SLUGS = [state[0] for state in STATES if state[0] != "draft"]
PICK = st.integers(min_value=0, max_value=10)
QUANTITY = st.integers(min_value=1, max_value=4)


def expected_levels() -> dict[int, tuple[int, int]]:
    """(reserved, in transit) per variant, added up from the orders alone."""
    reserved: Counter[int] = Counter()
    in_transit: Counter[int] = Counter()
    for line in OrderLine.objects.select_related("order").prefetch_related("components"):
        parts = [(part.variant_id, part.quantity) for part in line.components.all()] or [(line.variant_id, 1)]
        for variant_id, per_unit in parts:
            if line.order.stage == "confirmed":
                reserved[variant_id] += line.quantity * per_unit
            if line.order.stage == "shipped":
                in_transit[variant_id] += line.quantity * per_unit
            if line.order.stage == "returned":
                in_transit[variant_id] += line.pending_qty * per_unit
    return {pk: (reserved[pk], in_transit[pk]) for pk in StockLevel.objects.values_list("pk", flat=True)}


class Shop(RuleBasedStateMachine):
    """A small shop: two products, one of them sold in a pack as well, one that sells without stock."""

    def __init__(self) -> None:
        super().__init__()
        self.scope = transaction.atomic()
        self.scope.__enter__()
        cup, spoon = make_variant(stock=8), make_variant(stock=12)
        self.variants = [cup, spoon, make_variant(allows_backorder=True), make_bundle({cup: 1, spoon: 2})]
        self.stocked = self.variants[:3]
        self.orders: list[int] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.scope.__exit__(None, None, None)

    def attempt(self, service, **arguments) -> None:
        """A refusal is a fine answer; a crash or a broken book is not."""
        with suppress(CommandaError), transaction.atomic():
            service(actor=ACTOR, **arguments)

    @rule(first=PICK, second=PICK, quantity=QUANTITY)
    def order(self, first: int, second: int, quantity: int) -> None:
        chosen = [(self.variants[first % 4], quantity), (self.variants[second % 4], 1)]
        self.orders.append(make_order(*chosen).pk)

    @precondition(lambda self: self.orders)
    @rule(which=PICK, to=st.sampled_from(SLUGS))
    def move(self, which: int, to: str) -> None:
        order_id = self.orders[which % len(self.orders)]
        self.attempt(transition_order, order_id=order_id, to=to, reason_text="essai")

    @precondition(lambda self: self.orders)
    @rule(to=st.sampled_from(["confirmed", "shipped", "delivered", "returned"]))
    def move_all(self, to: str) -> None:
        self.attempt(transition_orders, order_ids=self.orders, to=to)

    @precondition(lambda self: self.orders)
    @rule(which=PICK, variant=PICK, quantity=QUANTITY)
    def edit(self, which: int, variant: int, quantity: int) -> None:
        lines = [LineDraft(self.variants[variant % 4].pk, quantity)]
        self.attempt(edit_order, order_id=self.orders[which % len(self.orders)], lines=lines)

    @precondition(lambda self: self.orders)
    @rule(which=PICK, back=PICK, quarantine=PICK, lost=PICK)
    def inspect(self, which: int, back: int, quarantine: int, lost: int) -> None:
        order_id = self.orders[which % len(self.orders)]
        line_id = OrderLine.objects.filter(order_id=order_id).values_list("pk", flat=True).first()
        verdict = Verdict(line_id, back % 3, quarantine % 3, lost % 3)
        self.attempt(inspect_return, order_id=order_id, verdicts=[verdict])

    @rule(variant=PICK, quantity=QUANTITY)
    def receive(self, variant: int, quantity: int) -> None:
        self.attempt(receive_stock, lines=[StockLine(self.stocked[variant % 3].pk, quantity)])

    @rule(variant=PICK, shelf=st.integers(min_value=0, max_value=20))
    def count(self, variant: int, shelf: int) -> None:
        self.attempt(count_stock, lines=[StockLine(self.stocked[variant % 3].pk, shelf)])

    @rule(variant=PICK, quantity=QUANTITY, kind=st.sampled_from(["damage", "loss", "found"]))
    def adjust(self, variant: int, quantity: int, kind: str) -> None:
        self.attempt(adjust_stock, lines=[StockLine(self.stocked[variant % 3].pk, quantity)], kind=kind, note="essai")

    @rule(variant=PICK, quantity=QUANTITY, to_stock=st.booleans())
    def decide_quarantine(self, variant: int, quantity: int, to_stock: bool) -> None:
        variant_id = self.stocked[variant % 3].pk
        self.attempt(release_quarantine, variant_id=variant_id, quantity=quantity, to_stock=to_stock)

    @invariant()
    def levels_are_the_sum_of_their_movements(self) -> None:
        sums: dict[int, list[int]] = {}
        for move in StockMovement.objects.all():
            total = sums.setdefault(move.variant_id, [0, 0, 0, 0])
            for position, quantity in enumerate(
                (move.on_hand_qty, move.reserved_qty, move.in_transit_qty, move.quarantine_qty)
            ):
                total[position] += quantity
        for level in StockLevel.objects.all():
            actual = [level.on_hand, level.reserved, level.in_transit, level.quarantine]
            assert actual == sums.get(level.pk, [0, 0, 0, 0])

    @invariant()
    def promises_are_the_open_lines(self) -> None:
        expected = expected_levels()
        for level in StockLevel.objects.all():
            assert (level.reserved, level.in_transit) == expected[level.pk]

    @invariant()
    def nothing_is_oversold(self) -> None:
        for level in StockLevel.objects.select_related("variant__product"):
            assert level.shelf >= 0
            assert level.variant.product.allows_backorder or level.available >= 0

    @invariant()
    def totals_are_the_sum_of_the_lines(self) -> None:
        for order in Order.objects.prefetch_related("lines"):
            assert order.total_amount == sum(line.total_amount for line in order.lines.all())


@pytest.mark.django_db
def test_books_balance_when_orders_live_any_life():
    run_state_machine_as_test(
        Shop,
        settings=settings(max_examples=25, stateful_step_count=25, suppress_health_check=list(HealthCheck)),
    )
