"""The reports that the shop has sent to it: the team's week to those who lead it, the month's money to the owner."""

from commanda.kernel.actor import Actor
from commanda.reports.services.schedules import ScheduleData, save_schedule
from demo.setup import Shop


def schedule_reports(shop: Shop) -> None:
    """Two schedules of the owner, one of the supervisor, one of an agent for their own results."""
    owner, leader, agent = shop.admin, shop.supervisor, shop.agents[0]
    week, month, yesterday = ({"period": name} for name in ("last_week", "last_month", "yesterday"))
    for actor, data in (
        (owner, ScheduleData("agents", week, weekday=0, recipient_ids=_ids(owner, leader))),
        (owner, ScheduleData("money-map", month, frequency="monthly", month_day=1, recipient_ids=_ids(owner))),
        (leader, ScheduleData("returns", yesterday, frequency="daily", hour=9, recipient_ids=_ids(leader))),
        (agent, ScheduleData("agents", week, weekday=4, hour=18, recipient_ids=_ids(agent))),
    ):
        save_schedule(actor=actor, data=data)


def _ids(*people: Actor) -> list[int]:
    return [person.user_id for person in people if person.user_id is not None]
