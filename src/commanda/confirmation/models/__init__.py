from .call import Call
from .outcome import Outcome
from .policy import CallPolicy, RetryStep
from .presence import Presence
from .queue import Lease, QueueEntry

__all__ = ["Call", "CallPolicy", "Lease", "Outcome", "Presence", "QueueEntry", "RetryStep"]
