"""Sixty days in the life of the shop, told through the real services, each at its own time of day."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from random import Random

from django.db import transaction

from commanda.ads.models import Platform
from commanda.ads.services.spend import SpendCell, enter_spends
from commanda.confirmation.selectors import queue_counts
from commanda.confirmation.services.assign import distribute
from commanda.confirmation.services.log_call import log_call
from commanda.confirmation.services.next_order import next_order
from commanda.confirmation.services.presence import set_presence
from commanda.customers.city_names import CityIndex
from commanda.finance.services.expenses import add_expense
from commanda.kernel.actor import Actor, system_actor
from commanda.kernel.clock import day_start, now, time_is
from commanda.kernel.errors import CommandaError
from commanda.orders.models import Order
from commanda.orders.services.annotate import add_comment
from commanda.orders.services.drafts import LineDraft
from commanda.orders.services.edit import edit_order
from commanda.orders.services.inspect import Verdict, inspect_return
from commanda.shipping.services.deliveries import record_outcome
from commanda.shipping.services.ship import ship_orders
from commanda.stock.errors import OutOfStock
from commanda.stock.services.documents import StockLine, adjust_stock, count_stock, receive_stock
from demo.alerts import look_around
from demo.products import PRODUCTS
from demo.setup import CARRIERS, Shop
from demo.sheet import SheetRow

CALL_HOURS = frozenset({9, 10, 12, 14, 15, 17, 18})
CALLS_AN_HOUR = 9
BACKLOG = timedelta(hours=4)  # what came in since then waits for whoever tries the demo
# outcome, weight; a client who was already missed once is harder to reach
FIRST_CALL = [
    ("confirmed", 56), ("no_answer", 20), ("busy", 4), ("callback", 7), ("refused", 8), ("wrong_number", 2),
    ("whatsapp_sent", 2), ("out_of_zone", 1),
]  # fmt: skip
LATER_CALL = [("confirmed", 46), ("no_answer", 33), ("voicemail", 6), ("callback", 5), ("refused", 10)]
REFUSALS = ["changed_mind", "too_expensive", "bought_elsewhere", "not_ordered", "too_late"]
RETURN_REASONS = ["refused", "absent", "absent", "no_money", "wrong_item"]
DELIVERY_CHANCE = {item.slug: item.delivery for item in PRODUCTS}
REMARKS = [
    "Client pressé, livrer le matin",
    "Préfère être appelé sur WhatsApp",
    "Demande un paiement à la livraison en espèces",
]
ImportRows = Callable[[list[SheetRow]], None]


class Story:
    """Runs the days; every step happens at `time_is`, never later than the real present."""

    def __init__(self, shop: Shop, chance: Random, cities: CityIndex, import_rows: ImportRows):
        self.shop = shop
        self.chance = chance
        self.cities = cities
        self.import_rows = import_rows
        self.present = now()
        self.parcel = 100_000

    def tell(self, today: date, days: int, sheet: list[SheetRow], say: Callable[[int, int], None]) -> None:
        """Live through the days; the rows of the sheet arrive as they were written."""
        waiting = list(sheet)
        for number in range(days):
            day = today - timedelta(days=days - 1 - number)
            with transaction.atomic():
                self._day(day, number, waiting)
                look_around(self.shop, day, days - 1 - number, self.present)
            say(number + 1, days)

    def _day(self, day: date, number: int, waiting: list[SheetRow]) -> None:
        for hour in range(9, 20):
            start = day_start(day) + timedelta(hours=hour)
            if start > self.present:
                break
            with time_is(start):
                if hour in {9, 14}:
                    self._arrivals(waiting, start)
                if hour == 9:
                    self._morning(day, number)
            if hour in CALL_HOURS and start < self.present - BACKLOG:
                self._hour_of_calls(start)
            with time_is(start + timedelta(minutes=50)):
                if hour == 11:
                    self._carriers_report()
                if hour == 16:
                    self._ship()
        if day_start(day) + timedelta(hours=20) > self.present:
            with time_is(self.present):
                self._arrivals(waiting, self.present)

    def _arrivals(self, waiting: list[SheetRow], until: datetime) -> None:
        moment = until.astimezone(day_start(until.date()).tzinfo).replace(tzinfo=None)
        arrived = [row for row in waiting if row.written_at <= moment]
        if arrived:
            del waiting[: len(arrived)]
            self.import_rows(arrived)

    def _morning(self, day: date, number: int) -> None:
        for agent in self.shop.agents:
            set_presence(actor=agent, status="online" if self.chance.random() < 0.93 else "offline")
        distribute(actor=system_actor("demo"))
        self._spend_on_ads(day)
        self._expenses(day)
        if number in {20, 38, 50}:
            self._restock()
        if number == 30:
            self._count()

    def _hour_of_calls(self, start: datetime) -> None:
        for agent in self.chance.sample(self.shop.agents, len(self.shop.agents)):
            moment = start + timedelta(minutes=self.chance.randrange(5))
            for _call in range(self.chance.randrange(2, CALLS_AN_HOUR)):
                if moment > self.present or moment >= start + timedelta(minutes=55):
                    break
                with time_is(moment):
                    order = next_order(actor=agent) if queue_counts(agent).due else None
                    if order is None:
                        break
                    self._call(agent, order)
                moment += timedelta(minutes=self.chance.randrange(3, 9))

    def _call(self, agent: Actor, order: Order) -> None:
        missed = order.calls.count()
        kinds = LATER_CALL if missed else FIRST_CALL
        outcome = self.chance.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])[0]
        callback_at = None
        reason = ""
        if outcome == "confirmed":
            self._complete(agent, order)
        if outcome == "callback":
            callback_at = now() + timedelta(hours=self.chance.choice([2, 4, 20, 26, 45]))
        if outcome == "refused":
            reason = self.chance.choice(REFUSALS)
        log = partial(log_call, actor=agent, order_id=order.pk)
        try:
            with transaction.atomic():
                medium = "whatsapp" if outcome == "whatsapp_sent" else "phone"
                log(outcome=outcome, medium=medium, callback_at=callback_at, reason=reason)
        except OutOfStock:
            log(outcome="to_supervisor", comment="Rupture : à revoir")
        except CommandaError:
            log(outcome="no_answer")
        if self.chance.random() < 0.05:
            add_comment(actor=self.shop.supervisor, order_id=order.pk, text=self.chance.choice(REMARKS))

    def _complete(self, agent: Actor, order: Order) -> None:
        """The agent asks for the city when the sheet left it out, and sometimes sells one more."""
        fields = {}
        if order.city_id is None:
            city_id = self.cities.find_in_address(order.address)
            if city_id is not None:
                fields["city_id"] = city_id
        lines = None
        if self.chance.random() < 0.1:
            extra = self.chance.choice([self.shop.variants[sku] for sku in ("SERUM", "LAMPE", "TAPIS", "THEIERE")])
            kept = [
                LineDraft(line.variant_id, line.quantity, line.unit_price_amount, is_upsell=line.is_upsell)
                for line in order.lines.all()
            ]
            if extra.pk not in {line.variant_id for line in kept}:
                lines = [*kept, LineDraft(extra.pk, 1, is_upsell=True)]
        if fields or lines:
            edit_order(actor=agent, order_id=order.pk, fields=fields, lines=lines)

    def _ship(self) -> None:
        orders = list(Order.objects.filter(stage="confirmed", confirmed_at__lte=now() - timedelta(hours=3)))
        groups: dict[int, list[Order]] = {}
        weights = [share for _name, _link, share, _delivered, _returned in CARRIERS]
        for order in orders:
            groups.setdefault(self.chance.choices(range(len(CARRIERS)), weights)[0], []).append(order)
        for index, group in sorted(groups.items()):
            carrier = self.shop.carriers[index]
            tracking = {}
            for order in group:
                self.parcel += self.chance.randrange(1, 40)
                tracking[order.pk] = f"{carrier.name[:2].upper()}{self.parcel}"
            ship_orders(
                actor=self.shop.supervisor,
                order_ids=[order.pk for order in group],
                carrier_id=carrier.pk,
                tracking=tracking,
                manifest=True,
            )

    def _carriers_report(self) -> None:
        """Two to seven days after shipping a parcel is taken or comes back; some returns are inspected."""
        on_the_road = Order.objects.filter(stage="shipped", shipped_at__lte=now() - timedelta(hours=40))
        delivered: list[int] = []
        returned: dict[str, list[int]] = {}
        for order in on_the_road.prefetch_related("lines").order_by("pk"):
            if self.chance.random() > 0.42:
                continue
            slug = order.lines.all()[0].sku.split("-")[0]
            is_taken = self.chance.random() < DELIVERY_CHANCE.get(slug, 0.7)
            pile = delivered if is_taken else returned.setdefault(self.chance.choice(RETURN_REASONS), [])
            pile.append(order.pk)
        if delivered:
            record_outcome(actor=self.shop.supervisor, order_ids=delivered, outcome="delivered")
        for reason, order_ids in returned.items():
            record_outcome(actor=self.shop.supervisor, order_ids=order_ids, outcome="returned", reason=reason)
        waiting = Order.objects.filter(stage="returned", returned_at__lte=now() - timedelta(days=2))
        for order in waiting.filter(lines__back_qty=0, lines__lost_qty=0, lines__quarantine_qty=0).distinct():
            self._inspect(order)

    def _inspect(self, order: Order) -> None:
        verdicts = []
        for line in order.lines.all():
            fate = self.chance.choices(["back", "lost", "quarantine"], [92, 4, 4])[0]
            verdicts.append(Verdict(line.pk, **{f"{fate}_qty": line.pending_qty}))
        inspect_return(actor=self.shop.supervisor, order_id=order.pk, verdicts=verdicts)

    def _spend_on_ads(self, day: date) -> None:
        platforms = {platform.slug: platform.pk for platform in Platform.objects.all()}
        grids: dict[int, list[SpendCell]] = {}
        for at, item in enumerate(PRODUCTS):
            for slug, share in (("facebook", 0.46), ("tiktok", 0.3), ("instagram", 0.16)):
                amount = Decimal(round(item.popularity * 5 * share * self.chance.uniform(0.6, 1.5)))
                if amount >= 4:
                    cell = SpendCell(self.shop.products[item.slug].pk, platforms[slug], amount)
                    grids.setdefault(at % len(self.shop.buyers), []).append(cell)
        for at, cells in grids.items():
            enter_spends(actor=self.shop.buyers[at], cells=cells, spent_on=day)

    def _expenses(self, day: date) -> None:
        if day.weekday() == 0:
            amount = Decimal(self.chance.randrange(90, 180))
            add_expense(actor=self.shop.admin, kind="packaging", amount=amount, spent_on=day, note="Sachets et rubans")

    def _restock(self) -> None:
        best = [
            variant for slug in ("MONTRE", "SERUM", "SANDALE") for variant in self.shop.products[slug].variants.all()
        ]
        lines = [StockLine(variant.pk, self.chance.randrange(15, 30)) for variant in best]
        receive_stock(actor=self.shop.admin, lines=lines, supplier="Atelier Zellige", reference="BR-REASSORT")

    def _count(self) -> None:
        lamp = self.shop.variants["LAMPE"]
        lamp.level.refresh_from_db()
        count_stock(actor=self.shop.admin, lines=[StockLine(lamp.pk, max(lamp.level.shelf - 1, 0))], note="Inventaire")
        adjust_stock(
            actor=self.shop.admin,
            lines=[StockLine(self.shop.variants["THEIERE"].pk, 1)],
            kind="damage",
            note="Couvercle cassé au dépôt",
        )
