"""What sheets of spend may name: products, platforms and the actor's accounts."""

from commanda.ads.known_sources import KNOWN
from commanda.ads.models import AdAccount, Platform
from commanda.ads.spend_sheet import AccountName, Names
from commanda.catalog.models import Alias, Product, Variant
from commanda.kernel.actor import Actor
from commanda.kernel.text import fold


def load_names(actor: Actor) -> Names:
    """Names, SKUs and aliases of products, names of platforms and of the accounts the actor may see; five queries."""
    products: dict[str, int] = {}
    seen = Product.objects.visible_to(actor)
    for text, pk in Alias.objects.filter(variant__product__in=seen).values_list("text_folded", "variant__product"):
        products.setdefault(text, pk)
    for sku, pk in Variant.objects.visible_to(actor).values_list("sku", "product"):
        products[fold(sku)] = pk
    products.update({fold(name): pk for name, pk in seen.values_list("name", "pk")})
    by_slug = {slug: (pk, name) for pk, slug, name in Platform.objects.values_list("pk", "slug", "name")}
    platforms = {text: by_slug[slug][0] for text, slug in KNOWN.items() if slug in by_slug}
    for slug, (pk, name) in by_slug.items():
        platforms[fold(slug)] = platforms[fold(name)] = pk
    accounts: dict[str, AccountName] = {}
    for account in AdAccount.objects.visible_to(actor):
        known = AccountName(account.pk, account.platform_id, account.currency)
        for text in (account.external_id, f"act {account.external_id}", account.name):
            if account.external_id or text == account.name:
                accounts[fold(text)] = known
    return Names(products, platforms, accounts)
