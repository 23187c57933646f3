"""What agents earn in the demo shop: a plan with a bonus, a draft to try, statements of the month that is over."""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from commanda.finance.models import CommissionStatement
from commanda.finance.months import month_of
from commanda.finance.services.bonuses import compute_bonuses
from commanda.finance.services.plan_checks import LineData, TierData
from commanda.finance.services.plans import PlanData, begin_plan, save_plan
from commanda.finance.services.statements import Payment, approve_statement, draw_up_statements, pay_statement
from commanda.kernel.actor import Actor

if TYPE_CHECKING:
    from demo.setup import Shop

STATES = ("draft", "approved", "paid")


def begin_commissions(admin: Actor, opening: date) -> None:
    """12 DH for each delivered order, 5 DH for each unit added on the phone, and more for those who deliver many."""
    data = PlanData(
        name="Livrée 12 DH",
        delivered_amount=Decimal(12),
        upsell_amount=Decimal(5),
        tiers=[
            TierData(delivered_qty=20, delivery_rate=Decimal("0.6"), per_order_amount=Decimal(1)),
            TierData(delivered_qty=40, delivery_rate=Decimal("0.65"), fixed_amount=Decimal(150)),
        ],
    )
    begin_plan(actor=admin, plan_id=save_plan(actor=admin, data=data).pk, valid_from_on=opening)


def pay_agents(shop: "Shop", today: date) -> None:
    """The bonuses and statements of the month that is over, in every state; and a draft of the next plan."""
    month = month_of(today).previous
    compute_bonuses(actor=shop.admin, month_on=month.first)
    drawn = draw_up_statements(actor=shop.admin, first=month.first, last=month.last)
    for place, statement in enumerate(CommissionStatement.objects.filter(pk__in=drawn).order_by("pk")):
        _bring_to(shop.admin, statement, STATES[-1 - place % len(STATES)], today)
    watch, serum = shop.products["MONTRE"], shop.products["SERUM"]
    save_plan(
        actor=shop.admin,
        data=PlanData(
            name="Confirmées et ventes ajoutées",
            confirmed_amount=Decimal(2),
            delivered_amount=Decimal(9),
            upsell_amount=Decimal(5),
            month_cap_amount=Decimal(6000),
            lines=[
                LineData("delivered", product_id=watch.pk, ratio=Decimal("0.04"), cap_amount=Decimal(25)),
                LineData("upsell", product_id=serum.pk, amount=Decimal(8)),
                LineData("confirmed", agent_id=shop.agents[-1].user_id, amount=Decimal(3)),
            ],
            tiers=[TierData(delivered_qty=30, delivery_rate=Decimal("0.65"), per_order_amount=Decimal(2))],
        ),
    )


def _bring_to(admin: Actor, statement: CommissionStatement, state: str, today: date) -> None:
    total = statement.total_amount
    if state == "draft" or total < 0:
        return
    approve_statement(actor=admin, statement_id=statement.pk, expected_amount=total)
    if state == "paid":
        payment = Payment("bank", today, f"VIR {statement.number}")
        pay_statement(actor=admin, statement_id=statement.pk, payment=payment, expected_amount=total)
