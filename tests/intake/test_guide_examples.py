"""The examples of the guide "Connect your sheet", run as they stand there against the live address."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.urls import reverse

from commanda.orders.models import Order
from tests.factories import make_variant
from tests.intake.hook_helpers import make_hook, take_in

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "connect-your-sheet.md"


def example(language: str, address: str, secret: str) -> str:
    """The block of a language with an address and a secret of ours in place of the dots."""
    found = re.findall(rf"^```{language}\n(.+?)^```", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(found) == 1
    text = re.sub(r"(?<=ADDRESS=)'.*'", f"'{address}'", found[0])
    text = re.sub(r"(?<=SECRET=)'.*'", f"'{secret}'", text)
    text = re.sub(r'(?<=ADDRESS = )".*"', f'"{address}"', text)
    return re.sub(r'(?<=SECRET = )".*"', f'"{secret}"', text)


@pytest.fixture
def hook(live_server):
    make_variant(name="Sérum Argan", sku="ARGAN", price="199.00")
    source, secret = make_hook()
    return source, live_server.url + reverse("intake_hook", args=[source.hook_id]), secret


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.django_db(transaction=True)
def test_order_comes_in_when_the_python_example_is_run(hook):
    source, address, secret = hook
    assert run(sys.executable, "-c", example("python", address, secret)).strip() == "202"
    assert take_in(source).new_qty == 1
    order = Order.objects.get()
    assert (order.phone_e164, order.total_amount, order.city.name_fr) == ("+212612345678", 199, "Rabat")


@pytest.mark.django_db(transaction=True)
def test_order_comes_in_when_the_shell_example_is_run(hook):
    source, address, secret = hook
    assert '"delivery"' in run("sh", "-c", example("sh", address, secret))
    assert take_in(source).new_qty == 1
    assert [line.quantity for line in Order.objects.get().lines.all()] == [1]


@pytest.mark.django_db(transaction=True)
def test_example_is_refused_when_the_secret_is_another_one(hook):
    _source, address, _secret = hook
    done = subprocess.run(
        [sys.executable, "-c", example("python", address, "wrong")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert "401" in done.stderr
