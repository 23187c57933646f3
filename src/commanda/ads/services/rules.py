"""The rules by which campaigns find their product."""

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.ads.campaign_rules import WILD, load_rules
from commanda.ads.locks import lock_rules, lock_unmapped_by_hand
from commanda.ads.models import CampaignRule, Platform
from commanda.ads.services.map_campaigns import remap
from commanda.audit.services import record
from commanda.catalog.models import Product
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Invalid, NotAllowed, NotFound
from commanda.kernel.text import fold, shorten, strip_marks
from commanda.kernel.transaction import unit_of_work


def add_rule(
    *, actor: Actor, kind: str, text: str, product_id: int, platform_id: int | None = None, for_shop: bool = False
) -> tuple[CampaignRule, int]:
    """Add a rule after the others, and map what it fits; gives it with the number of campaigns that moved.

    A buyer's rules hold for the buyer's own accounts; with `for_shop`, which takes the right to see all ads, for
    every account. Raises `Invalid`, `NotAllowed`.
    """
    actor.require(Perm.ADS_ENTER)
    if for_shop and not actor.can(Perm.ADS_VIEW_ALL):
        raise NotAllowed
    owner_id = None if for_shop else actor.user_id
    text = _checked_text(kind, text)
    if not Product.objects.visible_to(actor).filter(pk=product_id).exists():
        raise Invalid(_("This product does not exist."), field="product", code="unknown_product")
    if platform_id is not None and not Platform.objects.filter(pk=platform_id).exists():
        raise Invalid(_("This platform does not exist."), field="platform", code="unknown_platform")
    with unit_of_work():
        lock_rules()
        mine = CampaignRule.objects.filter(owner_id=owner_id)
        same = mine.filter(kind=kind, text__iexact=text)
        if (same.filter(platform=None) if platform_id is None else same.filter(platform_id=platform_id)).exists():
            raise Invalid(_("There is such a rule already."), field="text", code="rule_exists")
        rule = CampaignRule.objects.create(
            owner_id=owner_id,
            position=(mine.aggregate(last=Max("position"))["last"] or 0) + 1,
            kind=kind,
            text=text,
            platform_id=platform_id,
            product_id=product_id,
        )
        changes = {"text": text, "kind": kind, "product": product_id}
        record(actor=actor, name="ads.rule_added", subject="ads.rule", subject_id=rule.pk, changes=changes)
        return rule, _apply(actor, owner_id)


def delete_rule(*, actor: Actor, rule_id: int) -> int:
    """Take a rule away; campaigns it mapped follow the others. Gives how many moved. Raises `NotFound`."""
    with unit_of_work():
        lock_rules()
        rule = _own_rule(actor, rule_id)
        owner_id = rule.owner_id
        changes = {"text": rule.text, "kind": rule.kind, "product": rule.product_id}
        rule.delete()
        record(actor=actor, name="ads.rule_deleted", subject="ads.rule", subject_id=rule_id, changes=changes)
        return _apply(actor, owner_id)


def raise_rule(*, actor: Actor, rule_id: int) -> int:
    """Let a rule change places with the one before it. Gives how many campaigns moved. Raises `NotFound`."""
    with unit_of_work():
        lock_rules()
        rule = _own_rule(actor, rule_id)
        ordered = list(CampaignRule.objects.filter(owner_id=rule.owner_id).order_by("position", "pk"))
        at = next(number for number, each in enumerate(ordered) if each.pk == rule_id)
        if at == 0:
            return 0
        ordered[at - 1], ordered[at] = ordered[at], ordered[at - 1]
        for position, each in enumerate(ordered, start=1):
            each.position = position
        CampaignRule.objects.bulk_update(ordered, ["position"])
        changes = {"position": [at + 1, at]}
        record(actor=actor, name="ads.rule_moved", subject="ads.rule", subject_id=rule_id, changes=changes)
        return _apply(actor, rule.owner_id)


def _apply(actor: Actor, owner_id: int | None) -> int:
    return remap(actor, lock_unmapped_by_hand(owner_id), load_rules())


def _own_rule(actor: Actor, rule_id: int) -> CampaignRule:
    """A rule that the actor may change: one's own, or any for those who see all ads."""
    actor.require(Perm.ADS_ENTER)
    rules = CampaignRule.objects.visible_to(actor).filter(pk=rule_id)
    rule = (rules if actor.can(Perm.ADS_VIEW_ALL) else rules.filter(owner_id=actor.user_id)).first()
    if rule is None:
        raise NotFound
    return rule


def _checked_text(kind: str, text: str) -> str:
    text = shorten(strip_marks(text), 120)
    if kind not in CampaignRule.Kind.values:
        raise Invalid(_("Choose how the name is compared."), field="kind", code="unknown_kind")
    if not text or (kind == CampaignRule.Kind.CONTAINS and not fold(text)):
        raise Invalid(_("Type what the name contains."), field="text", code="empty")
    if kind == CampaignRule.Kind.PATTERN and not text.strip(WILD):
        raise Invalid(_("This fits every campaign. Type something besides the stars."), field="text", code="too_wide")
    return text
