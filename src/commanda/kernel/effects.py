"""Effects: how a lower room lets an upper one take part in its transaction.

A lower room declares an effect by name; exactly one upper room registers its handler in `AppConfig.ready`.
The handler runs synchronously, in the caller's transaction: when it raises, the whole change is undone.
A system check proves that every declared effect has its handler.
"""

from collections.abc import Callable
from typing import Any, ClassVar, Generic, ParamSpec

from django.core.checks import CheckMessage, Error, register

P = ParamSpec("P")


class Effect(Generic[P]):
    """A declared effect. Call it to run its handler."""

    declared: ClassVar[list["Effect[Any]"]] = []

    def __init__(self, name: str):
        self.name = name
        self.handler: Callable[P, None] | None = None
        Effect.declared.append(self)

    def handled_by(self, handler: Callable[P, None]) -> None:
        """Register the one handler."""
        if self.handler is not None and self.handler is not handler:
            raise RuntimeError(f"effect {self.name} has a handler already")
        self.handler = handler

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> None:
        if self.handler is None:
            raise RuntimeError(f"effect {self.name} has no handler")
        self.handler(*args, **kwargs)


@register()
def every_effect_has_a_handler(**_: Any) -> list[CheckMessage]:
    """System check: a declared effect without a handler is an error."""
    return [
        Error(f"Effect {effect.name} has no handler.", id="commanda.E001")
        for effect in Effect.declared
        if effect.handler is None
    ]
