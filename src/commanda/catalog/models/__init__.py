from .offer import Offer
from .product import Alias, BundleComponent, Category, Product, Variant

__all__ = ["Alias", "BundleComponent", "Category", "Offer", "Product", "Variant"]
