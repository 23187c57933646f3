"""Whose session it is and what they may do, read straight from the tables: two statements for any number.

Django keeps a session signed (`SessionBase.encode`) with the user's number and a hash of the password in it
(`AbstractBaseUser.get_session_auth_hash`); both are checked here as Django does. Tests hold this against Django's own.
"""

import asyncio
from collections.abc import Collection
from typing import Any

import psycopg
from django.contrib.sessions.serializers import JSONSerializer
from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

from commanda.events.topics import Access

COOKIE = "sessionid"
SESSION_SALT = "django.contrib.sessions.SessionStore"
HASH_SALT = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"
SESSIONS = "SELECT session_key, session_data FROM django_session WHERE session_key = ANY(%s) AND expire_date > now()"
PEOPLE = """
SELECT person.id, person.password, role.permissions
FROM accounts_user AS person JOIN accounts_role AS role ON role.id = person.role_id
WHERE person.id = ANY(%s) AND person.is_active
"""


def session_of(cookies: str) -> str:
    """The session's key in a Cookie header; empty when there is none."""
    for part in cookies.split(";"):
        name, _equals, value = part.strip().partition("=")
        if name == COOKIE:
            return value.strip('"')
    return ""


class Doorman:
    """Says who is behind a session, on one connection of his own, made again when it has died."""

    def __init__(self, url: str, secret: str) -> None:
        self._url = url
        self._secret = secret
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._lock = asyncio.Lock()

    async def admit(self, session: str) -> Access | None:
        """Who it is, or None for a session that is not valid now. Raises psycopg.Error without a database."""
        return (await self.look({session})).get(session) if session else None

    async def look(self, sessions: Collection[str]) -> dict[str, Access]:
        """Session → access for those that are valid now."""
        claims = {}
        for key, data in await self._rows(SESSIONS, sessions):
            claim = self._claim(data)
            if claim is not None:
                claims[key] = claim
        people = {
            pk: (password, frozenset(permissions))
            for pk, password, permissions in await self._rows(PEOPLE, {user_id for user_id, _digest in claims.values()})
        }
        return {
            key: Access(user_id, people[user_id][1])
            for key, (user_id, digest) in claims.items()
            if user_id in people and constant_time_compare(digest, self._digest(people[user_id][0]))
        }

    def _claim(self, data: str) -> tuple[int, str] | None:
        """User and password hash that a session claims; None for a visitor's, or one we did not sign."""
        try:
            content = signing.loads(data, key=self._secret, salt=SESSION_SALT, serializer=JSONSerializer)
            return int(content["_auth_user_id"]), str(content["_auth_user_hash"])
        except (signing.BadSignature, KeyError, ValueError):
            return None

    def _digest(self, password: str) -> str:
        return salted_hmac(HASH_SALT, password, secret=self._secret, algorithm="sha256").hexdigest()

    async def _rows(self, statement: str, values: Collection[Any]) -> list[tuple[Any, ...]]:
        if not values:
            return []
        async with self._lock:
            if self._connection is not None and not self._connection.closed:
                try:
                    return await self._read(self._connection, statement, values)
                except psycopg.OperationalError:
                    await self._connection.close()
            self._connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True, connect_timeout=5)
            return await self._read(self._connection, statement, values)

    @staticmethod
    async def _read(
        connection: psycopg.AsyncConnection[Any], statement: str, values: Collection[Any]
    ) -> list[tuple[Any, ...]]:
        cursor = await connection.execute(statement, [list(values)])
        return await cursor.fetchall()

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
