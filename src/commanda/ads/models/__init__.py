from .account import AdAccount
from .campaign import Campaign, CampaignAlias, CampaignRule
from .platform import Platform
from .rate import ExchangeRate
from .run import SpendRun
from .spend import AdSpend
from .target import SpendTarget

__all__ = [
    "AdAccount",
    "AdSpend",
    "Campaign",
    "CampaignAlias",
    "CampaignRule",
    "ExchangeRate",
    "Platform",
    "SpendRun",
    "SpendTarget",
]
