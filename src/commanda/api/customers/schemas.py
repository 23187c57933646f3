from commanda.api.fields import Instant, Out


class CustomerOut(Out):
    """A client, made and updated by orders. `orders` counts those the key's owner may see."""

    id: int
    phone: str
    phone2: str
    name: str
    city: str | None
    address: str
    note: str
    tags: list[str]
    is_blocked: bool
    orders: int
    created_at: Instant
