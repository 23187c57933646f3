"""The reports that the shop has sent to it: the team's week to those who lead it, the money of the month to the owner."""

from commanda.reports.services.schedules import ScheduleData, save_schedule
from demo.setup import Shop


def schedule_reports(shop: Shop) -> None:
    """Two schedules of the owner, one of the supervisor, one of an agent for their own results."""
    leaders = [actor.user_id for actor in (shop.admin, shop.supervisor) if actor.user_id]
    (agent,) = shop.agents[:1]
    for actor, data in (
        (shop.admin, ScheduleData("agents", {"period": "last_week"}, weekday=0, recipient_ids=leaders)),
        (
            shop.admin,
            ScheduleData(
                "money-map",
                {"period": "last_month"},
                frequency="monthly",
                month_day=1,
                recipient_ids=leaders[:1],
            ),
        ),
        (
            shop.supervisor,
            ScheduleData("returns", {"period": "yesterday"}, frequency="daily", hour=9, recipient_ids=leaders[1:]),
        ),
        (
            agent,
            ScheduleData("agents", {"period": "last_week"}, weekday=4, hour=18, recipient_ids=[agent.user_id or 0]),
        ),
    ):
        save_schedule(actor=actor, data=data)
