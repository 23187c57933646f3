"""Orders: importing these modules puts their operations on the one router."""

from commanda.api.orders import calling, reading, writing
from commanda.api.orders.router import router

__all__ = ["calling", "reading", "router", "writing"]
