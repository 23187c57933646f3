"""Meta's insights and TikTok's reports on loopback, with faults at will."""

from tests.fakes.ads.server import running
from tests.fakes.ads.state import AdWorld, Fault, Spent

__all__ = ["AdWorld", "Fault", "Spent", "running"]
