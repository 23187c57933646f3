"""The fake of the ad platforms, and accounts connected to it."""

from decimal import Decimal

import pytest

from commanda.ads.connectors import caller
from commanda.ads.services.rates import set_rate
from commanda.kernel.clock import today
from tests.ads.connected import connect
from tests.factories import make_actor
from tests.fakes.ads import AdWorld, running


@pytest.fixture(scope="session")
def ads_server():
    with running(AdWorld()) as world:
        yield world


@pytest.fixture
def world(ads_server, settings, monkeypatch):
    """Empty of accounts and faults; nobody waits between two tries."""
    monkeypatch.setattr(caller, "_FIRST_WAIT", 0.001)
    ads_server.clear()
    settings.META_API_BASE = settings.TIKTOK_API_BASE = ads_server.base
    return ads_server


@pytest.fixture
def buyer(db):
    return make_actor("buyer")


@pytest.fixture
def dollar(buyer):
    set_rate(actor=buyer, currency="USD", valid_from_on=today(), rate=Decimal(10))


@pytest.fixture
def meta(world, buyer, dollar):
    """An account of the buyer on the fake of Meta; (ours, theirs)."""
    theirs = world.add_meta()
    return connect(buyer, "meta", theirs), theirs


@pytest.fixture
def tiktok(world, buyer, dollar):
    """An account of the buyer on the fake of TikTok; (ours, theirs)."""
    theirs = world.add_tiktok()
    return connect(buyer, "tiktok", theirs), theirs
