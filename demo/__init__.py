"""The demo shop: invented people, products and orders, the same for every seed.

Phones stand in the range 06 00 …; names are drawn from lists of common first and family names put together by
chance. Nothing here is anybody's data.
"""
