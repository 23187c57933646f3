from .product import Alias, BundleComponent, Category, Product, Variant

__all__ = ["Alias", "BundleComponent", "Category", "Product", "Variant"]
