from .access import Access

__all__ = ["Access"]
