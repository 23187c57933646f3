"""What sources of traffic call themselves, and which of our platforms that is.

One Meta account buys places on Facebook and Instagram alike: whatever its links say, the money is Facebook's.
"""

from typing import Final

from commanda.ads.default_platforms import PLATFORMS
from commanda.kernel.text import fold

_NAMES: Final = {
    "facebook": "facebook fb meta msg messenger an ig insta instagram|facebook ads|fb ads|meta ads|ig ads|"
    "instagram ads|facebook ad|facebook com|l facebook com|m facebook com|instagram com|facebook instagram|"
    "audience network",
    "tiktok": "tiktok tt ttads|tik tok|tiktok ads|tiktok com|tik tok ads",
    "google": "google adwords gads youtube yt|google ads|google com|youtube ads",
    "snapchat": "snapchat snap sc|snap ads|snapchat ads|snapchat com",
}
# A campaign of an account of the one platform is named by orders of the others as well.
SHARED_ACCOUNTS: Final = {"facebook": ("facebook", "instagram")}


def _by_name() -> dict[str, str]:
    found = {}
    for slug, text in _NAMES.items():
        first, *phrases = text.split("|")
        found.update(dict.fromkeys(map(fold, [*first.split(), *phrases]), slug))
    return found


KNOWN: Final = _by_name()
# Somebody who writes "Instagram" into a column means it, other than a link.
OURS: Final = {fold(text): slug for slug, name in PLATFORMS for text in (slug, name)}


def platform_of_utm(source: str) -> str:
    """The slug of the platform that a `utm_source` stands for, "" for one that we do not know."""
    return KNOWN.get(fold(source), "")


def order_platform(platform: str, utm_source: str) -> str:
    """What an order keeps as its platform: a slug of ours where we know it, else what was written; when nothing was,
    what the UTM source stands for.
    """
    if not platform:
        return platform_of_utm(utm_source)
    written = fold(platform)
    return OURS.get(written) or KNOWN.get(written) or platform
