"""Who acts: the one value that every service and selector takes."""

from dataclasses import dataclass, field

from commanda.kernel.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, an API key's owner or the system, with the rights in force for this request.

    `source` says through which door: web, api, import, worker, cli. `request_id` ties audit rows together.
    """

    user_id: int | None
    name: str
    role_slug: str = ""
    permissions: frozenset[str] = field(default_factory=frozenset)
    source: str = "web"
    request_id: str = ""
    is_system: bool = False

    @property
    def is_authenticated(self) -> bool:
        return self.user_id is not None or self.is_system

    def can(self, permission: str) -> bool:
        return self.is_system or permission in self.permissions

    def require(self, permission: str) -> None:
        """Raise `NotAllowed` unless the actor has the right."""
        if not self.can(permission):
            raise NotAllowed


ANONYMOUS = Actor(user_id=None, name="")


def system_actor(source: str = "worker") -> Actor:
    """The application itself: all rights, no person."""
    return Actor(user_id=None, name="Commanda", role_slug="system", source=source, is_system=True)
