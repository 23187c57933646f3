"""The one rule of stock: where the units of an order stand, as a vector of four quantities.

Moving `q` units from bucket a to bucket b changes the level by `q × (vector(b) − vector(a))`.
Every correction path follows from it (`domain.md`, "Stages and the stock").
"""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Delta:
    """Changes of a level, in units."""

    on_hand: int = 0
    reserved: int = 0
    in_transit: int = 0
    quarantine: int = 0

    def __add__(self, other: "Delta") -> "Delta":
        return Delta(
            self.on_hand + other.on_hand,
            self.reserved + other.reserved,
            self.in_transit + other.in_transit,
            self.quarantine + other.quarantine,
        )

    def __sub__(self, other: "Delta") -> "Delta":
        return self + other * -1

    def __mul__(self, quantity: int) -> "Delta":
        return Delta(
            self.on_hand * quantity,
            self.reserved * quantity,
            self.in_transit * quantity,
            self.quarantine * quantity,
        )

    def __bool__(self) -> bool:
        return any((self.on_hand, self.reserved, self.in_transit, self.quarantine))

    @property
    def available(self) -> int:
        """Change of what can still be promised."""
        return self.on_hand - self.reserved - self.in_transit


class Bucket(StrEnum):
    """Where ordered units stand."""

    NONE = "none"
    RESERVED = "reserved"
    IN_TRANSIT = "in_transit"
    GONE = "gone"
    QUARANTINE = "quarantine"


VECTORS: dict[Bucket, Delta] = {
    Bucket.NONE: Delta(),
    Bucket.RESERVED: Delta(reserved=1),
    Bucket.IN_TRANSIT: Delta(in_transit=1),
    Bucket.GONE: Delta(on_hand=-1),
    Bucket.QUARANTINE: Delta(on_hand=-1, quarantine=1),
}


def move(quantity: int, old: Bucket, new: Bucket) -> Delta:
    """The change of a level when `quantity` units pass from one bucket to another."""
    return (VECTORS[new] - VECTORS[old]) * quantity
