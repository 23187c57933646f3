"""The pages of lists, for templates (`<c-pagination>`); the API uses the same."""

from commanda.kernel.pagination import DEFAULT_SIZE, MAX_SIZE, KeysetPage, keyset_page

__all__ = ["DEFAULT_SIZE", "MAX_SIZE", "KeysetPage", "keyset_page"]
