"""The connector of an account, with its token opened and the address of the platform as the settings say."""

import json
from typing import Final

from django.conf import settings

from commanda.ads.connectors.base import ConnectionProblem, Connector
from commanda.ads.connectors.meta import MetaConnector
from commanda.ads.connectors.tiktok import TikTokConnector
from commanda.ads.models import AdAccount
from commanda.kernel.errors import Conflict
from commanda.kernel.outgoing import BadAddress, checked_origin
from commanda.kernel.secrets_box import open_sealed, seal

LONGEST_TOKEN: Final = 2_000


def seal_token(token: str, app_secret: str = "") -> str:
    """What `AdAccount.secret` holds."""
    return seal(json.dumps({"token": token, "app_secret": app_secret}))


def open_connector(account: AdAccount) -> Connector:
    """The connector of a connected account.

    The address is looked at each time: the name may lead elsewhere by now. Raises `ConnectionProblem`.
    """
    try:
        kept = json.loads(open_sealed(account.secret))
        base = checked_base(account.connector, account.api_base) if account.api_base else installed_base(account)
    except Conflict:
        raise ConnectionProblem("secret_unreadable") from None
    except BadAddress:
        raise ConnectionProblem("bad_address") from None
    if account.connector == AdAccount.Connector.META:
        return MetaConnector(
            account.external_id, kept["token"], app_secret=kept["app_secret"], base=base, currency=account.currency
        )
    if account.connector == AdAccount.Connector.TIKTOK:
        return TikTokConnector(account.external_id, kept["token"], base=base, currency=account.currency)
    raise ValueError("an account by file has nothing to be asked")


def checked_base(connector: str, text: str) -> str:
    """An address that may stand for the platform's. Raises `BadAddress` for one that is not public, unless it is the
    one that the installation's environment names.
    """
    return checked_origin(text, trusted=_trusted(connector), field="api_base")


def installed_base(account: AdAccount) -> str:
    """The address that the installation names for the platform, "" for the platform's own."""
    return _trusted(account.connector)


def _trusted(connector: str) -> str:
    bases = {AdAccount.Connector.META: settings.META_API_BASE, AdAccount.Connector.TIKTOK: settings.TIKTOK_API_BASE}
    return str(bases.get(AdAccount.Connector(connector), ""))
