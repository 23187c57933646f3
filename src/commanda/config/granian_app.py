"""What granian's worker processes serve; loaded once, before they are forked, so that they share its memory."""

import os
import signal

from django.urls import get_resolver

from commanda.config.client_address import HEADER_VARIABLE, with_client_address
from commanda.config.wsgi import application as django_application

_header = os.environ.get(HEADER_VARIABLE, "")
application = with_client_address(django_application, _header) if _header else django_application


def _end_on_signals() -> None:
    """What granian forks has the signal handlers of its main process, which do nothing there. Until a worker has set
    its own, a signal must end it: a stop would wait for it in vain."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


os.register_at_fork(after_in_child=_end_on_signals)
len(get_resolver().url_patterns)  # loads the views, and all that they need

__all__ = ["application"]
