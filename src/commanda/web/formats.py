"""How figures are written on pages: the same as in mails and files."""

from commanda.kernel.formats import DASH, NARROW_SPACE, decimal, mad, pct, qty, to_number

__all__ = ["DASH", "NARROW_SPACE", "decimal", "mad", "pct", "qty", "to_number"]
