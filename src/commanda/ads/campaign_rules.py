"""Which product a campaign sells, by rules on its name."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from commanda.ads.models import CampaignRule
from commanda.kernel.text import fold

WILD: Final = "*?"


@dataclass(frozen=True)
class RuleBook:
    """Ordered rules; the first that fits decides: those of the account's buyer, then those of the shop."""

    rules: Sequence[CampaignRule]

    def match(self, name: str, *, buyer_id: int, platform_id: int) -> CampaignRule | None:
        """The rule that decides about a campaign of this name, if any."""
        for owner_id in (buyer_id, None):
            for rule in self.rules:
                is_for = rule.owner_id == owner_id and rule.platform_id in {None, platform_id}
                if is_for and fits(rule.kind, rule.text, name):
                    return rule
        return None


def load_rules() -> RuleBook:
    """All rules in their order, one query."""
    return RuleBook(list(CampaignRule.objects.order_by("position", "pk")))


def fits(kind: str, text: str, name: str) -> bool:
    """Whether a name fits. `contains`: whole words or parts, whatever case, accents and marks. `pattern`: the whole
    name, `*` for anything and `?` for one character, whatever case.
    """
    if kind == CampaignRule.Kind.CONTAINS:
        wanted = fold(text)
        return bool(wanted) and wanted in fold(name)
    return fnmatchcase(name.lower(), text.lower().replace("[", "[[]"))
