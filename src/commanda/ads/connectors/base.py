"""What every connector promises, and how a platform can fail to answer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commanda.kernel.errors import CommandaError

PROBLEMS: Final[dict[str, Promise]] = {
    "token_expired": _(
        "The access token is no longer valid: it expired, or its permission was taken back. Make a new one and paste "
        "it here."
    ),
    "no_permission": _(
        "The token may not read this ad account. Give its user access to the account, then make a new token."
    ),
    "account_missing": _("There is no such ad account, or the token may not see it. Check the account number."),
    "refused": _("The platform refused the question: %(reason)s."),
    "currency_changed": _(
        "The account now pays in %(currency)s. Add it again as a new account, so that figures are not mixed."
    ),
    "no_rate": _("It is not known what one %(currency)s is worth. Add a rate; the account is read again by itself."),
    "secret_unreadable": _("The stored token can no longer be read. Paste it again."),
    "bad_address": _("The address of the platform may not be called. Check it in the settings of the account."),
}
THROTTLED: Final = "throttled"
THROTTLED_TEXT: Final = _("The platform asks us to wait: too much was asked for at once. It goes on by itself.")
# Nothing helps against these but a person.
NEEDS_PERSON: Final = frozenset(
    {"token_expired", "account_missing", "currency_changed", "secret_unreadable", "bad_address"}
)


class ConnectionProblem(CommandaError):
    """An account that cannot be read until a person mends something; `code` is a key of `PROBLEMS`."""

    status = 422

    def __init__(self, code: str, *, field: str | None = None, **params: Any) -> None:
        super().__init__(PROBLEMS[code], code=code, field=field, **params)


class PlatformUnavailable(CommandaError):
    """The platform does not answer as it should now. Try again after `retry_after` seconds.

    `is_throttled`: it answers, and asks us to come back later.
    """

    code = "platform_unavailable"
    status = 503
    is_retryable = True
    default_text = _("The platform does not answer now. The account will be read again by itself.")

    def __init__(self, retry_after: int, *, is_throttled: bool = False) -> None:
        super().__init__(THROTTLED_TEXT if is_throttled else None, code=THROTTLED if is_throttled else None)
        self.retry_after = retry_after
        self.is_throttled = is_throttled


class AskForLess(Exception):
    """The platform could not compute so much at once: ask for fewer days."""


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What the platform says of an account."""

    external_id: str
    name: str
    currency: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class CampaignDay:
    """What a campaign spent on a day of the account's time zone, in the account's currency."""

    campaign_id: str
    campaign_name: str
    spent_on: date
    amount: Decimal
    impressions_qty: int | None = None
    clicks_qty: int | None = None


class Connector(Protocol):
    """One account of a platform. All methods raise `ConnectionProblem` and `PlatformUnavailable`.

    `most_days` is what one question may span; `is_near_limit` tells that the platform will soon ask us to wait.
    """

    @property
    def most_days(self) -> int: ...

    @property
    def is_near_limit(self) -> bool: ...

    def facts(self) -> AccountFacts: ...

    def days(self, first: date, last: date) -> list[CampaignDay]:
        """Every campaign with activity on the days `first` to `last`, deleted ones as well; each once per day."""
        ...


LESS_IS_NOT_POSSIBLE: Final = 900


Ask = Callable[[date, date], list[CampaignDay]]


def ask_in_parts(ask: Ask, first: date, last: date) -> list[CampaignDay]:
    """What `ask` gives for the days, in halves where it raises `AskForLess`.

    Raises `PlatformUnavailable` when a single day is too much: there is no less.
    """
    try:
        return ask(first, last)
    except AskForLess:
        if first >= last:
            raise PlatformUnavailable(LESS_IS_NOT_POSSIBLE) from None
    middle = first + (last - first) // 2
    return [*ask_in_parts(ask, first, middle), *ask_in_parts(ask, middle + timedelta(days=1), last)]
