"""Orders: importing `reading` and `writing` puts their operations on the one router."""

from commanda.api.orders import reading, writing
from commanda.api.orders.router import router

__all__ = ["reading", "router", "writing"]
