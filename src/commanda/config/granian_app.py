"""What granian's worker processes load."""

import os
import signal
from collections.abc import Callable, Iterable
from typing import Any

# granian forks its workers with the signal handlers of its main process, which do nothing here. Until the
# worker has set its own, after loading this module, a signal must end it: a stop would wait for it in vain.
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.SIG_DFL)

from commanda.config.wsgi import application as django_application  # noqa: E402

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
FRONT_HEADER_VARIABLE = "COMMANDA_FRONT_HEADER"


def with_client_address(inner: Application, header: str) -> Application:
    """Take the client's address from the header of the front; nobody else knows how it is called."""
    name = f"HTTP_{header.upper().replace('-', '_')}"

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ["REMOTE_ADDR"] = environ.pop(name, "")
        return inner(environ, start_response)

    return application


_header = os.environ.get(FRONT_HEADER_VARIABLE, "")
application = with_client_address(django_application, _header) if _header else django_application

__all__ = ["application"]
