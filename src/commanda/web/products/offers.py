"""The offers of a product: what agents may propose to its clients on the phone."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.catalog import selectors
from commanda.catalog.models import Offer, Product
from commanda.catalog.services.offers import OfferData
from commanda.kernel.actor import Actor
from commanda.web.fields import VariantField, variants_for
from commanda.web.products.forms import AmountField

SAMPLE = {"label_fr": "2 pour 349 DH", "label_ar": "2 بـ 349 درهم", "label_en": "2 for 349 DH"}


class OfferForm(forms.Form):
    """An offer; without a label it names itself."""

    kind = forms.ChoiceField(label=_("What is offered"), choices=Offer.Kind.choices)
    variant = VariantField(label=_("Added product"), required=False)
    quantity = forms.IntegerField(label=_("Quantity"), min_value=1, max_value=99, initial=2)
    price_amount = AmountField(label=_("Price of all (DH)"))
    label_fr = forms.CharField(label=_("French label"), max_length=80, required=False)
    label_ar = forms.CharField(label=_("Arabic label"), max_length=80, required=False)
    label_en = forms.CharField(label=_("English label"), max_length=80, required=False)
    is_active = forms.BooleanField(label=_("Active"), required=False, initial=True)

    def __init__(self, *args: Any, actor: Actor, offer: Offer | None = None, **kwargs: Any) -> None:
        if offer is not None:
            names = ("kind", "quantity", "price_amount", "label_fr", "label_ar", "label_en", "is_active")
            kwargs["initial"] = {name: getattr(offer, name) for name in names} | {"variant": offer.variant_id}
        kwargs["auto_id"] = f"offer-{offer.pk if offer else 'new'}-%s"
        super().__init__(*args, **kwargs)
        also = [offer.variant_id] if offer and offer.variant_id else None
        self.fields["variant"].queryset = variants_for(actor, also)  # type: ignore[attr-defined]
        for name, sample in SAMPLE.items():
            self.fields[name].widget.attrs |= {"placeholder": sample, "dir": "auto"}

    @property
    def data_for_service(self) -> OfferData:
        """The values of a valid form."""
        values = dict(self.cleaned_data)
        variant = values.pop("variant")
        return OfferData(variant_id=variant.pk if variant else None, **values)


@dataclass(frozen=True, slots=True)
class OfferRow:
    """An offer with the form that changes it."""

    offer: Offer
    form: OfferForm


def offer_context(actor: Actor, product: Product, sent: OfferForm | None = None, sent_id: int = 0) -> dict[str, Any]:
    """What the card of offers shows; `sent` is the form that came back with errors, of offer `sent_id` or a new one."""
    rows = list(selectors.offers_of(actor, [product.pk], only_active=False))
    if not actor.can(Perm.CATALOG_EDIT):
        return {"offers": [OfferRow(offer, OfferForm(actor=actor, offer=offer)) for offer in rows if offer.is_active]}
    return {
        "offers": [
            OfferRow(offer, sent if sent and offer.pk == sent_id else OfferForm(actor=actor, offer=offer))
            for offer in rows
        ],
        "offer_form": sent if sent and not sent_id else OfferForm(actor=actor),
    }
