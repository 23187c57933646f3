"""What a plan pays, worked out once more in plain Python, from the words of the plan page and nothing else."""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

TRIGGERS = ("confirmed", "delivered", "upsell")


def centimes(amount):
    return Decimal(amount).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def fits(rule, order, line, products):
    if rule.agent_id is not None and rule.agent_id != order.assignee_id:
        return False
    product = products[line.variant_id]
    if rule.offer_qty is None:
        return rule.product_id is None or rule.product_id == product
    if not line.is_upsell:
        return False
    units = sum(other.quantity for other in order.lines.all() if products[other.variant_id] == rule.product_id)
    if rule.offer_variant_id is None:
        return rule.product_id == product and units >= rule.offer_qty
    return rule.offer_variant_id == line.variant_id and units > 0


def first_fitting(plan, trigger, order, line, products):
    for place, rule in enumerate(plan.lines):
        if rule.trigger == trigger and fits(rule, order, line, products):
            return place, rule
    return None, None


def paid(plan, trigger, order, products):
    """MAD for one order and trigger, before any cap of the month."""
    general = getattr(plan, f"{trigger}_amount")
    goods = order.total_amount - order.delivery_amount
    by_rule = defaultdict(list)
    for line in order.lines.all():
        if trigger == "upsell" and not line.is_upsell:
            continue
        place, rule = first_fitting(plan, trigger, order, line, products)
        times = line.quantity if trigger == "upsell" else 1
        base = line.quantity * line.unit_price_amount if trigger == "upsell" else goods
        if rule is None:
            each = general * times
        else:
            each = rule.amount * times if rule.amount is not None else rule.ratio * base
        by_rule[place].append(each)
    sums = []
    for place, amounts in by_rule.items():
        amount = centimes(sum(amounts) if trigger == "upsell" else max(amounts))
        cap = plan.lines[place].cap_amount if place is not None else None
        sums.append(amount if cap is None else min(amount, cap))
    if not sums:
        return Decimal(0)
    return sum(sums) if trigger == "upsell" else max(sums)
