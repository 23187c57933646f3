"""What granian's worker processes load."""

import signal

# granian forks its workers with the signal handlers of its main process, which do nothing here. Until the
# worker has set its own, after loading this module, a signal must end it: a stop would wait for it in vain.
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.SIG_DFL)

from commanda.config.wsgi import application  # noqa: E402

__all__ = ["application"]
