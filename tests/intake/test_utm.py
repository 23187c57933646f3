"""What the link of an ad leaves with an order that comes out of a sheet."""

import pytest

from commanda.intake.headers import guess_mapping
from commanda.intake.presets import PRESETS
from commanda.orders.models import Order
from tests.factories import make_variant
from tests.intake.helpers import HEADER, make_source, read, row, sheet

pytestmark = pytest.mark.django_db
MARKS = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")


@pytest.fixture(autouse=True)
def watch():
    return make_variant(name="Montre Atlas", sku="ATLAS", price="199.00", stock=50)


def with_marks(number, *marks):
    return [*row(number), *marks]


def test_marks_are_kept_and_give_the_platform_when_a_sheet_has_their_columns():
    rows = sheet(
        with_marks(1, "ig", "paid", "Sandale été", "Vidéo 3", ""),
        with_marks(2, "newsletter", "", "", "", ""),
        with_marks(3, "", "", "", "", ""),
        header=(*HEADER, *MARKS),
    )
    read(make_source(), rows)
    orders = {order.customer_name[-1]: order for order in Order.objects.all()}
    assert (orders["1"].platform, orders["1"].campaign) == ("facebook", "Sandale été")
    assert orders["1"].utm == {"source": "ig", "medium": "paid", "content": "Vidéo 3"}
    assert (orders["2"].platform, orders["2"].utm) == ("", {"source": "newsletter"})
    assert (orders["3"].platform, orders["3"].utm) == ("", None)


@pytest.mark.parametrize(
    ("written", "kept"),
    [("Instagram", "instagram"), ("FB Ads", "facebook"), ("TIK TOK", "tiktok"), ("Radio Atlas", "Radio Atlas")],
)
def test_platform_is_one_of_ours_when_it_is_written_in_another_way(written, kept):
    read(make_source(), sheet([*row(1), written, "google"], header=(*HEADER, "Plateforme", "utm_source")))
    assert Order.objects.get().platform == kept


def test_marks_are_columns_of_their_own_when_a_source_stands_beside_them():
    header = ["Nom", "Téléphone", "Produit", "Source", "UTM Source", "UTM Campaign", "UTM Content", "Ad Set"]
    columns = guess_mapping(
        [header, ["Client", "0612345678", "Montre", "Facebook", "fb", "Été", "Vidéo", "F 25"]]
    ).columns
    told = {name: column.header for name, column in columns.items()}
    assert (told["platform"], told["utm_source"]) == ("Source", "UTM Source")
    assert (told["campaign"], told["utm_content"]) == ("UTM Campaign", "UTM Content")


@pytest.mark.parametrize("name", ["shopify", "youcan", "lightfunnels", "woocommerce_items", "woocommerce_orders"])
def test_shops_tell_their_marks_when_their_export_has_them(name):
    columns = PRESETS[name].columns
    assert "utm source" in columns["utm_source"]
    assert "utm campaign" in columns["campaign"]
