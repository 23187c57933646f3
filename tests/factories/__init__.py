"""Makers of test data. They go through the real services wherever one exists."""

from .orders import make_order, order_draft
from .people import make_actor, make_user
from .products import make_bundle, make_variant

__all__ = ["make_actor", "make_bundle", "make_order", "make_user", "make_variant", "order_draft"]
