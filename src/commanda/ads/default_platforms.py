"""The ad platforms that a new installation knows."""

from commanda.ads.models import Platform

PLATFORMS = [
    ("facebook", "Facebook"),
    ("instagram", "Instagram"),
    ("tiktok", "TikTok"),
    ("google", "Google"),
    ("snapchat", "Snapchat"),
]


def ensure_platforms() -> None:
    """Create the default platforms if there are none."""
    if not Platform.objects.exists():
        Platform.objects.bulk_create(Platform(slug=slug, name=name) for slug, name in PLATFORMS)
