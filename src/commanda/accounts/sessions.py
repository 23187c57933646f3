"""Sessions in the database, as Django keeps them; only the look-up, which each request begins with, is built once."""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.db.models import QuerySet

from commanda.kernel.clock import now
from commanda.kernel.prepared import Param, prepared


class SessionStore(DatabaseStore):
    """`SESSION_ENGINE`: what Django's own store does."""

    def load(self) -> dict[str, Any]:
        """The data of the session; nothing, and no key any more, where there is none or it is over."""
        session = _in_force().first(key=self.session_key, at=now())
        if session is None:
            self._session_key = None
            return {}
        return self.decode(session.session_data)


@prepared
def _in_force() -> QuerySet[Session]:
    return Session.objects.filter(session_key=Param("key"), expire_date__gt=Param("at"))
