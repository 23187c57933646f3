"""The invented campaigns: whose they are, how they are called, what they spend a day, and what they sell."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemoCampaign:
    """`account` is the place among `ads.ACCOUNTS`; `spend` hundredths of the account's currency a day; `slug` the
    product whose orders name the campaign.
    """

    account: int
    number: str
    name: str
    spend: int
    slug: str = ""


CAMPAIGNS = [
    DemoCampaign(0, "120210001", "Montre Casablanca – femmes 25-45", 240, "MONTRE"),
    DemoCampaign(0, "120210002", "Sérum argan – vidéo témoignage", 200, "SERUM"),
    DemoCampaign(0, "120210003", "Sandale été – reciblage", 160, "SANDALE"),
    DemoCampaign(0, "120210004", "Test créa 14", 45, "SAC"),
    DemoCampaign(1, "1790001", "montre_ugc_v3", 150, "MONTRE"),
    DemoCampaign(1, "1790002", "Lampe chambre – hook 2", 130, "LAMPE"),
    DemoCampaign(1, "1790003", "Promo Aïd (ancien)", 0),
    DemoCampaign(2, "name:recherche lampe", "Recherche lampe", 900, "LAMPE"),
]
_ACCOUNT_OF = {"facebook": 0, "instagram": 0, "tiktok": 1}
_SOURCES = {"facebook": "fb", "instagram": "ig", "tiktok": "tiktok", "google": "google"}


def marks_of(platform: str, slug: str, number: int) -> list[str]:
    """What the link of the ad leaves in the sheet: utm_source, utm_campaign, utm_content."""
    account = _ACCOUNT_OF.get(platform)
    found = next((each for each in CAMPAIGNS if each.account == account and each.slug == slug), None)
    if found is None:
        return [_SOURCES.get(platform, ""), "", ""]
    # Some links carry the campaign's number, others its name.
    return [_SOURCES[platform], found.number if number % 3 else found.name, f"Vidéo {number % 4 + 1}"]
