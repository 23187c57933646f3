"""What granian's worker processes load."""

import gc
import os
import signal

# granian forks its workers with the signal handlers of its main process, which do nothing here. Until the
# worker has set its own, after loading this module, a signal must end it: a stop would wait for it in vain.
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.SIG_DFL)

from commanda.config.client_address import HEADER_VARIABLE, with_client_address  # noqa: E402
from commanda.config.wsgi import application as django_application  # noqa: E402

_header = os.environ.get(HEADER_VARIABLE, "")
application = with_client_address(django_application, _header) if _header else django_application

# What is loaded by now stays. Looking through it for garbage made a request wait 0.15 s every now and then.
gc.collect()
gc.freeze()

__all__ = ["application"]
