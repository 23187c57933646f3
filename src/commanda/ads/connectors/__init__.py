"""Connectors to ad platforms, over their own wire formats."""

from commanda.ads.connectors.base import (
    AccountFacts,
    CampaignDay,
    ConnectionProblem,
    Connector,
    PlatformUnavailable,
)

__all__ = ["AccountFacts", "CampaignDay", "ConnectionProblem", "Connector", "PlatformUnavailable"]
