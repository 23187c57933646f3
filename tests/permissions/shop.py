"""A small shop with one of everything, as the tests of rights need it: for each address there is an object to ask for.

`mine` is an order of the agent `Amina`; `theirs` is one of another agent. Money is not part of the shop: see `Money`.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from commanda.accounts.models import Role, User
from commanda.accounts.services.api_keys import create_api_key
from commanda.ads.models import AdAccount, Campaign, Platform
from commanda.ads.services.connect import seal_token
from commanda.ads.services.rates import set_rate
from commanda.ads.services.rules import add_rule
from commanda.ads.services.spend import enter_spend
from commanda.alerts.models import Alert
from commanda.alerts.services.evaluate import evaluate_rules
from commanda.alerts.services.mute import mute_alert
from commanda.catalog.models import Variant
from commanda.catalog.services.aliases import add_alias
from commanda.catalog.services.offers import OfferData, save_offer
from commanda.confirmation.models import AssignmentRule, Holiday, Outcome
from commanda.confirmation.services.log_call import log_call
from commanda.confirmation.services.policy import add_holiday
from commanda.finance.models import CommissionEntry, CommissionStatement
from commanda.finance.services.costs import set_carrier_fee, set_product_cost
from commanda.finance.services.expenses import add_expense
from commanda.finance.services.plans import PlanData, save_commission_plan, save_plan
from commanda.finance.services.receipts import attach_receipts
from commanda.finance.services.sheets import store_sheet
from commanda.finance.services.statements import approve_statement, draw_up_statements
from commanda.intake.models import HookDelivery, ImportRun, StagedRow
from commanda.intake.services.hooks import make_secret
from commanda.intake.services.import_file import import_file
from commanda.intake.services.mend_many import begin_mending
from commanda.intake.services.sources import create_source
from commanda.intake.services.uploads import store_upload
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import now, today
from commanda.orders.models import Order, OrderType
from commanda.orders.services.annotate import add_comment
from commanda.orders.services.assign import assign_orders
from commanda.orders.services.attachments import attach_to_draft, attach_to_order
from commanda.orders.services.entry_drafts import open_draft
from commanda.orders.services.inspect import Verdict, inspect_return
from commanda.orders.services.transition import transition_order
from commanda.reports.models import ReportSchedule
from commanda.reports.services.schedules import ScheduleData, save_schedule
from commanda.shipping.models import Manifest
from commanda.shipping.services.carriers import save_carrier
from commanda.shipping.services.ship import ship_orders
from tests.factories import make_bundle, make_order, make_user, make_variant

SYSTEM = system_actor("test")
ROLES = ("admin", "supervisor", "agent", "buyer")


@dataclass
class Shop:
    """What `build_shop` made. `sessions` are cookies of signed-in browsers and `keys` API keys, by role."""

    people: dict[str, User] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    things: dict[str, Any] = field(default_factory=dict)

    @property
    def mine(self) -> Order:
        return self.orders["mine"]

    @property
    def theirs(self) -> Order:
        return self.orders["theirs"]


def build_shop(language: str = "en") -> Shop:
    """Make the shop and sign everybody in."""
    shop = Shop()
    for role in ROLES:
        shop.people[role] = make_user(role, name=f"Personne {role}", language=language)
    shop.people["other_agent"] = make_user("agent", name="Bilal Exemple", language=language)
    shop.people["other_buyer"] = make_user("buyer", name="Hiba Exemple", language=language)
    _stock(shop)
    _orders(shop)
    _shipping(shop)
    _intake(shop)
    _hook(shop)
    _entry(shop)
    _accounts(shop)
    _calls(shop)
    _alerts(shop)
    shop.things["schedule"] = _schedule(shop)
    _expenses(shop)
    _ads(shop)
    _commission(shop)
    _sign_in(shop)
    return shop


def _stock(shop: Shop) -> None:
    picture = BytesIO()
    Image.new("RGB", (4, 4)).save(picture, "PNG")
    variant = make_variant(
        name="Tapis", sku="RUG-1", price="250.00", stock=80, picture=SimpleUploadedFile("rug.png", picture.getvalue())
    )
    shop.things["variant"] = variant
    shop.things["low"] = make_variant(name="Lampe", sku="LAMP-1", price="90.00", stock=3, low_stock_qty=10)
    shop.things["bundle"] = make_bundle({variant: 2})
    offer = OfferData(price_amount=Decimal(349), quantity=2)
    shop.things["offer"] = save_offer(actor=SYSTEM, product_id=variant.product_id, data=offer)
    shop.things["alias"] = add_alias(actor=SYSTEM, variant_id=variant.pk, text="tapis rouge")


def _orders(shop: Shop) -> None:
    variant: Variant = shop.things["variant"]
    for name, state in [
        *[("mine", "new"), ("theirs", "to_confirm"), ("free", "new"), ("draft", "new")],
        *[("confirmed", "confirmed"), ("shipped", "confirmed"), ("delivered", "confirmed")],
        *[("returned", "confirmed"), ("inspected", "confirmed"), ("cancelled", "cancelled")],
    ]:
        shop.orders[name] = make_order((variant, 2), state=state, customer_name=f"Client {name}", city_text="Rabat")
    hers = [shop.orders[name].pk for name in ("mine", "confirmed")]
    others = [order.pk for name, order in shop.orders.items() if order.pk not in hers and name != "free"]
    assign_orders(actor=SYSTEM, order_ids=hers, agent_id=shop.people["agent"].pk)
    assign_orders(actor=SYSTEM, order_ids=others, agent_id=shop.people["other_agent"].pk)
    add_comment(actor=SYSTEM, order_id=shop.mine.pk, text="Appeler le soir")
    log_call(actor=shop.people["agent"].as_actor(), order_id=shop.mine.pk, outcome="no_answer")


def _shipping(shop: Shop) -> None:
    carrier = save_carrier(actor=SYSTEM, name="Atlas Colis")
    names = ("shipped", "delivered", "returned", "inspected")
    ids = {name: shop.orders[name].pk for name in names}
    tracking = {pk: f"TRK{pk}" for pk in ids.values()}
    ship_orders(actor=SYSTEM, order_ids=list(tracking), carrier_id=carrier.pk, tracking=tracking, manifest=True)
    shop.things.update(carrier=carrier, manifest=Manifest.objects.get())
    # Delivered is left for `Money`: a delivery earns its commission by the plan of that moment.
    for name in ("returned", "inspected"):
        transition_order(actor=SYSTEM, order_id=ids[name], to="returned", reason="refused")
    (line,) = shop.orders["inspected"].lines.all()
    inspect_return(actor=SYSTEM, order_id=ids["inspected"], verdicts=[Verdict(line.pk, 1, 1, 0)])


def _intake(shop: Shop) -> None:
    admin = shop.people["admin"].as_actor()
    sheet = (
        "Nom,Téléphone,Produit,Quantité,Prix\nZineb Exemple,0698765432,RUG-1,1,250\nOmar Exemple,#ERROR!,RUG-1,1,250\n"
    )
    with TemporaryDirectory() as folder:
        path = Path(folder) / "essai.csv"
        path.write_text(sheet)
        import_file(actor=admin, path=path)
    upload = store_upload(
        actor=admin, file=SimpleUploadedFile("b.csv", sheet.encode()), name="b.csv", source_name="Autre"
    )
    row = StagedRow.objects.get(status=StagedRow.Status.REJECTED)
    mending = begin_mending(actor=admin, action="retry", row_ids=[row.pk])
    shop.things.update(source=row.source, run=ImportRun.objects.get(), row=row, upload=upload, mending=mending)


def _hook(shop: Shop) -> None:
    made = create_source(actor=SYSTEM, kind="hook", name="Site")
    shop.things["hook"], _secret = make_secret(actor=SYSTEM, source_id=made.pk)
    shop.things["delivery"] = HookDelivery.objects.create(
        source=made, delivery_id="d-1", body="{}", status=HookDelivery.Status.FAILED, received_at=now()
    )


def _entry(shop: Shop) -> None:
    """An order that the agent is entering, and a file of theirs with an order and with the draft."""
    agent = shop.people["agent"].as_actor()
    proof = b"%PDF-1.4\n%%EOF\n"
    draft = open_draft(actor=agent, order_type_id=OrderType.objects.get(slug="b2c").pk, step="customer")
    shop.things["draft"] = draft
    file = SimpleUploadedFile("recu.pdf", proof)
    shop.things["draft_file"] = attach_to_draft(actor=agent, draft_id=draft.pk, file=file)
    shop.things["attachment"] = attach_to_order(
        actor=agent, order_id=shop.mine.pk, file=SimpleUploadedFile("recu.pdf", proof)
    )


def _accounts(shop: Shop) -> None:
    shop.things["role"] = Role.objects.create(slug="packer", name="Emballeur", permissions=["orders.view"])
    shop.things["key"] = create_api_key(actor=SYSTEM, user=shop.people["other_agent"], name="essai")[0]


def _schedule(shop: Shop) -> ReportSchedule:
    """The agent's own results, every week."""
    agent = shop.people["agent"]
    data = ScheduleData("agents", {"period": "last_week"}, weekday=0, recipient_ids=[agent.pk])
    return save_schedule(actor=agent.as_actor(), data=data)


def _calls(shop: Shop) -> None:
    add_holiday(actor=SYSTEM, closed_on=today() + timedelta(days=40), name="Fête")
    shop.things.update(
        outcome=Outcome.objects.get(slug="busy"),
        rule=AssignmentRule.objects.get(method="former"),
        holiday=Holiday.objects.get(),
    )


def _alerts(shop: Shop) -> None:
    """What runs out rings with the administrator and the buyer; the former has muted it."""
    evaluate_rules(actor=SYSTEM)
    shop.things["alert"] = Alert.objects.get(kind="low_stock", things__product=shop.things["low"].product_id)
    admin = shop.people["admin"].as_actor()
    shop.things["mute"] = mute_alert(actor=admin, alert_id=shop.things["alert"].pk, until_at=now() + timedelta(days=9))


def _expenses(shop: Shop) -> None:
    """An expense that recurs, with a receipt, and files of costs and expenses that wait to be imported."""
    expense = add_expense(actor=SYSTEM, kind="rent", amount=Decimal(11), spent_on=today(), every="month")
    paper = SimpleUploadedFile("facture.pdf", b"%PDF-1.4\n%%EOF\n")
    shop.things["expense"] = expense
    (shop.things["receipt"],) = attach_receipts(actor=SYSTEM, expense_id=expense.pk, files=[paper])
    for kind, table in (
        ("costs", "SKU,Purchase\nRUG-1,41\n"),
        ("expenses", f"Date,Kind,Amount\n{today()},rent,43\n"),
    ):
        shop.things[kind] = store_sheet(actor=SYSTEM, kind=kind, name=f"{kind}.csv", content=table.encode())


def _ads(shop: Shop) -> None:
    """An account of the buyer with a campaign, a rule of theirs, and a rate."""
    buyer = shop.people["buyer"]
    account = AdAccount.objects.create(
        platform=Platform.objects.get(slug="facebook"), connector="meta", name="Compte essai", external_id="1234567",
        currency="USD", buyer=buyer, secret=seal_token("EAAsecret"), error_code="token_expired",
    )  # fmt: skip
    Campaign.objects.create(account=account, external_id="9", name="Tapis – Femmes")
    product_id = shop.things["variant"].product_id
    rule, _moved = add_rule(actor=buyer.as_actor(), kind="contains", text="tapis", product_id=product_id)
    rate = set_rate(actor=SYSTEM, currency="USD", valid_from_on=today(), rate=Decimal(10))
    shop.things.update(ad_account=account, ad_rule=rule, ad_rate=rate)


def _commission(shop: Shop) -> None:
    """A bonus of long ago for the agent, on an approved statement; and a draft of the next plan."""
    day = today() - timedelta(days=3000)
    old = save_commission_plan(actor=SYSTEM, name="Ancien", delivered_amount=Decimal(0), valid_from_on=day)
    agent = shop.people["agent"]
    CommissionEntry.objects.create(
        agent=agent, plan=old, trigger="bonus", amount=7, month_on=day.replace(day=1), made_at=now()
    )
    draw_up_statements(actor=SYSTEM, first=today(), last=today(), agent_ids=[agent.pk])
    drawn = CommissionStatement.objects.get()
    approve_statement(actor=SYSTEM, statement_id=drawn.pk, expected_amount=drawn.total_amount)
    data = PlanData(name="Nouveau", delivered_amount=Decimal(9))
    shop.things.update(statement=drawn, plan=save_plan(actor=SYSTEM, data=data))


def _sign_in(shop: Shop) -> None:
    for role in ROLES:
        shop.keys[role] = create_api_key(actor=SYSTEM, user=shop.people[role], name="essai")[1]
        client = Client()
        client.force_login(shop.people[role])
        shop.sessions[role] = client.cookies["sessionid"].value


@dataclass(frozen=True)
class Money:
    """Amounts nobody but the right people may learn: neither themselves nor anything computed from them."""

    cost: Decimal
    fee: Decimal
    expense: Decimal
    commission: Decimal
    spend: Decimal

    def pour_into(self, shop: Shop) -> None:
        """Write the amounts down, then deliver an order of another agent, which earns him his commission."""
        day = today() - timedelta(days=3)
        variant, low = shop.things["variant"], shop.things["low"]
        set_product_cost(actor=SYSTEM, variant_id=variant.pk, amount=self.cost, valid_from_on=day)
        set_product_cost(actor=SYSTEM, variant_id=low.pk, amount=Decimal(0), landed_amount=self.cost, valid_from_on=day)
        set_carrier_fee(
            actor=SYSTEM,
            carrier_id=shop.things["carrier"].pk,
            delivered_amount=self.fee,
            returned_amount=self.fee,
            valid_from_on=day,
        )
        product_id = shop.things["variant"].product_id
        for of_product in (product_id, None):
            add_expense(actor=SYSTEM, kind="tools", amount=self.expense, spent_on=today(), product_id=of_product)
        shares = dict.fromkeys((product_id, low.product_id), Decimal("0.5"))
        parted = {"amount": self.expense, "every": "month", "shares": shares, "note": f"Loyer {self.expense}"}
        add_expense(actor=SYSTEM, kind="rent", spent_on=today().replace(day=1), **parted)
        save_commission_plan(actor=SYSTEM, name="Essai", delivered_amount=self.commission, valid_from_on=day)
        enter_spend(
            actor=shop.people["other_buyer"].as_actor(),
            product_id=product_id,
            platform_id=Platform.objects.values_list("pk", flat=True).first(),
            spent_on=today(),
            amount=self.spend,
        )
        transition_order(actor=SYSTEM, order_id=shop.orders["delivered"].pk, to="delivered")
