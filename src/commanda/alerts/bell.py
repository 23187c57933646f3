"""The number on the bell. It stands on every page, so it is one statement written out: building the same with querysets
costs ten times what the database takes. A test holds it against `unseen_notices` and `unread_mentions`.
"""

from typing import Any, Final

from commanda.accounts.permissions import Perm
from commanda.alerts.kinds import kinds_seen
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.prepared import planned_cursor

# Own notices not seen yet: of rules that ring, in one's sight now, not muted.
_ALERTS: Final = """
SELECT 1
FROM alerts_alertnotice AS notice
JOIN alerts_alert AS alert ON alert.id = notice.alert_id
JOIN alerts_alertrule AS rule ON rule.id = alert.rule_id
WHERE notice.user_id = %(me)s AND notice.seen_at IS NULL AND rule.to_bell
  AND (alert.kind = ANY(%(every)s) OR (alert.kind = ANY(%(own)s) AND alert.owner_ids @> ARRAY[%(me)s]::bigint[]))
  AND NOT EXISTS (
      SELECT 1 FROM alerts_alertmute AS mute
      WHERE mute.rule_id = alert.rule_id AND mute.subject_key IN ('', alert.subject_key)
        AND (mute.user_id = %(me)s OR mute.user_id IS NULL) AND (mute.until_at IS NULL OR mute.until_at > %(now)s))
LIMIT %(cap)s
"""
# Own mentions not read yet, in orders that one still sees.
_MENTIONS: Final = """
SELECT 1
FROM orders_commentmention AS mention
JOIN orders_ordercomment AS comment ON comment.id = mention.comment_id
JOIN orders_order AS o ON o.id = comment.order_id
WHERE mention.user_id = %(me)s AND mention.read_at IS NULL
  AND (%(all_orders)s OR (%(own_orders)s AND
       (o.assignee_id = %(me)s OR (o.assignee_id IS NULL AND o.created_by_id = %(me)s))))
LIMIT %(cap)s
"""
_NUMBER: Final = f"""
SELECT (SELECT count(*) FROM ({_ALERTS}) AS alerts) + (SELECT count(*) FROM ({_MENTIONS}) AS mentions)
"""  # noqa: S608 - own text, no input


def bell_number(actor: Actor, cap: int) -> int:
    """Unseen alerts and unread mentions of a person, each counted to `cap`; one statement."""
    if actor.user_id is None:
        return 0
    every, own = kinds_seen(actor)
    parameters: dict[str, Any] = {
        "me": actor.user_id,
        "now": now(),
        "cap": cap,
        "every": every,
        "own": own,
        "all_orders": actor.can(Perm.ORDERS_VIEW_ALL),
        "own_orders": actor.can(Perm.ORDERS_VIEW),
    }
    with planned_cursor() as cursor:
        cursor.execute(_NUMBER, parameters)
        return int(cursor.fetchone()[0])
