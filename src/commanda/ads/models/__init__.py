from .spend import AdSpend, Platform

__all__ = ["AdSpend", "Platform"]
