"""Sharing an amount out to the centime."""

from collections.abc import Sequence
from decimal import Decimal

from commanda.kernel.money import quantize


def share_out(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal] | None:
    """Parts of `amount` in the proportion of the weights, in centimes, adding up to it exactly.

    None when the weights give nothing to go by (their sum is not positive).
    """
    whole = sum(weights, Decimal(0))
    if whole <= 0:
        return None
    parts, upto, given = [], Decimal(0), Decimal(0)
    for weight in weights:
        upto += weight
        reached = quantize(amount * upto / whole)
        parts.append(reached - given)
        given = reached
    return parts
