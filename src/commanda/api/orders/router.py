"""The one router of orders: `reading` and `writing` put their operations on it, since they share addresses."""

from ninja import Router

router = Router(tags=["orders"])
