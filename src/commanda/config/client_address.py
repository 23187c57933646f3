"""The client's address behind the front of `commanda up`."""

from collections.abc import Callable, Iterable
from typing import Any

HEADER_VARIABLE = "COMMANDA_FRONT_HEADER"

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def with_client_address(inner: Application, header: str) -> Application:
    """Take the client's address from the front's header; nobody else knows how it is called."""
    name = f"HTTP_{header.upper().replace('-', '_')}"

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ["REMOTE_ADDR"] = environ.pop(name, "")
        return inner(environ, start_response)

    return application
