"""A hint: "something of this topic changed", and for whom. Pure, shared by those who send and who pass on.

A hint is never data. Who hears it asks for the page again, under the rights in force then.

Topics: `orders`, `order:<id>`, `queue`, `board`, `intake`, `source:<id>`, `run:<id>`, `bell`, and `rights`, which never
leaves the house: somebody's role, password or sessions changed. `order:*` stands for many orders at once.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

CHANNEL = "commanda_live"
# PostgreSQL takes 7,999 bytes; a number of a person has at most 20 with its comma.
PEOPLE_PER_PAYLOAD = 350
EVERYTHING = "*"


@dataclass(frozen=True, slots=True)
class Hint:
    """`people` are the ids of those whose own rows changed; who may see all rows hears it without being named."""

    topic: str
    people: frozenset[int] = field(default_factory=frozenset)

    @property
    def kind(self) -> str:
        """The topic without the number of the thing."""
        return self.topic.partition(":")[0]


def encode(topic: str, people: Iterable[int] = ()) -> Iterator[str]:
    """The payloads of a hint: `orders` or `orders 3,17`; many people take several."""
    ids = [str(pk) for pk in sorted(set(people))]
    for start in range(0, max(1, len(ids)), PEOPLE_PER_PAYLOAD):
        named = ",".join(ids[start : start + PEOPLE_PER_PAYLOAD])
        yield f"{topic} {named}" if named else topic


def decode(payload: str) -> Hint:
    """The hint of a payload. Raises ValueError for one that `encode` did not make."""
    topic, _space, named = payload.partition(" ")
    if not topic:
        raise ValueError(payload)
    return Hint(topic, frozenset(int(pk) for pk in named.split(",")) if named else frozenset())
