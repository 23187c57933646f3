from .assignment import AgentProfile, AssignmentRule, ClientLanguage
from .call import Call
from .outcome import Outcome
from .policy import HOURS, CallingWindow, CallPolicy, Holiday, RetryStep, StoreHours
from .presence import Presence, Standing
from .queue import Lease, QueueEntry

__all__ = [
    "HOURS",
    "AgentProfile",
    "AssignmentRule",
    "Call",
    "CallPolicy",
    "CallingWindow",
    "ClientLanguage",
    "Holiday",
    "Lease",
    "Outcome",
    "Presence",
    "QueueEntry",
    "RetryStep",
    "Standing",
    "StoreHours",
]
