"""What rang in the shop lately: the rules are asked every evening of the last days, as the worker would."""

from datetime import date, datetime, timedelta

from commanda.alerts.models import Alert
from commanda.alerts.services.evaluate import evaluate_rules
from commanda.alerts.services.mute import mute_alert
from commanda.alerts.services.preferences import save_preference
from commanda.alerts.services.read import read_alerts
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import day_start, time_is
from demo.setup import Shop

EVENINGS = 10
CLOSING = timedelta(hours=19)


def look_around(shop: Shop, day: date, left: int, present: datetime) -> None:
    """An evening, `left` days before the last one. On the day before it everybody has seen what there was."""
    if left >= EVENINGS:
        return
    with time_is(min(day_start(day) + CLOSING, present)):
        evaluate_rules(actor=system_actor("demo"))
        if left == 1:
            for person in (shop.admin, shop.supervisor, *shop.buyers):
                read_alerts(actor=person)
            _leave_one_out(shop)


def spare_the_mailbox(shop: Shop) -> None:
    """Nobody of the invented shop is mailed at once; the mail of the day stays on."""
    for person in (shop.admin, shop.supervisor, *shop.buyers, *shop.agents):
        save_preference(actor=person, gets_daily=True, daily_hour=8, gets_urgent=False)


def _leave_one_out(shop: Shop) -> None:
    """A product that is not bought again: nobody needs to hear that it runs out."""
    toy = shop.products["JOUET"].pk
    alert = Alert.objects.open().filter(kind="low_stock", things__product=toy).first()
    if alert is not None:
        mute_alert(actor=shop.admin, alert_id=alert.pk, for_all=True, reason="Fin de série, pas de réassort")
