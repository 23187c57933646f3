"""The place where Django looks for the connections of an engine."""

import select

from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to PostgreSQL."""

    def is_usable(self) -> bool:
        """Whether the kept connection may be used: asked once a request.

        A server that ended or closed it has said so, and there is something to read. As long as nothing has arrived on
        an idle connection, no statement is spent on asking; of a host that died without a word the request's own
        first statement hears as late as another one would.
        """
        is_idle = self.connection.info.transaction_status == TransactionStatus.IDLE
        return (is_idle and not _has_arrived(self.connection.fileno())) or super().is_usable()


def _has_arrived(socket: int) -> bool:
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(0))
