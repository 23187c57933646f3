from commanda.api.fields import Out


class Me(Out):
    """Whose key this is, and what it may do."""

    id: int
    name: str
    email: str
    role: str
    language: str
    permissions: list[str]


class StateOut(Out):
    """A state an order can be in. `stage` is one of eight fixed ones and drives stock and figures."""

    slug: str
    stage: str
    label: str
    is_initial: bool


class MoveOut(Out):
    """An allowed move between two states; `is_allowed` when this key may make it."""

    source: str
    target: str
    needs_reason: bool
    is_allowed: bool


class ReasonOut(Out):
    """A reason for a cancellation or a return; send its slug."""

    slug: str
    kind: str
    label: str


class OutcomeOut(Out):
    """How a call can end; send its slug with a new call."""

    slug: str
    label: str
    is_answered: bool
    follow_up: str
    needs_reason: bool


class WorkflowOut(Out):
    """The workflow in force; an administrator may change it, `version` grows then."""

    version: int
    states: list[StateOut]
    moves: list[MoveOut]
    reasons: list[ReasonOut]
    outcomes: list[OutcomeOut]
