"""The marks that links of ads carry: what an order keeps of them beside its platform and campaign."""

from collections.abc import Mapping
from typing import Final

# `utm_campaign` is the order's campaign.
UTM_NAMES: Final = ("source", "medium", "content", "term")
UTM_LENGTH: Final = 200


def clean_utm(marks: Mapping[str, str]) -> dict[str, str] | None:
    """The filled marks as an order keeps them; None when there are none."""
    kept = {name: text[:UTM_LENGTH] for name in UTM_NAMES if (text := marks.get(name, "").strip())}
    return kept or None
