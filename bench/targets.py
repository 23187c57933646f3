"""What each figure must reach: the one place. Rates are per second, shares are of the limit unless said otherwise."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """`name` is one of the figure's values (or `ratio`)."""

    name: str
    bound: float
    text: str
    is_ceiling: bool = False

    def is_met(self, value: float) -> bool:
        return value <= self.bound if self.is_ceiling else value >= self.bound


def _rate(bound: float, what: str = "") -> Target:
    return Target("rate", bound, f"≥ {bound:,.0f} {what}/s".replace(" /s", "/s"))


def _share(bound: float) -> Target:
    return Target("ratio", bound, f"≥ {bound * 100:.0f} % of the limit")


def _p95(bound: float) -> Target:
    return Target("p95_ms", bound, f"p95 < {bound:.0f} ms", is_ceiling=True)


def _statements(bound: float) -> Target:
    # A connection opened, a key's use noted: rare extra statements may not spoil a mean.
    return Target("statements", bound + 0.1, f"≤ {bound:.0f} statements", is_ceiling=True)


IMPORT = (
    _rate(5000, "rows"),
    Target("ratio", 4, "≤ 4 × COPY", is_ceiling=True),
    Target("peak_mib", 400, "peak < 400 MiB", is_ceiling=True),
)
SIZE = (Target("ratio", 1.3, "≤ 1.3 × the smallest", is_ceiling=True),)
SIZED = ("create", "confirm", "orders_page", "search_phone", "search_name", "search_reference")
IMPORT_AGAIN = (Target("of_first", 0.20, "< 20 % of the first", is_ceiling=True),)
TARGETS: dict[str, tuple[Target, ...]] = {
    "create": (_rate(250), _share(0.10), _p95(60), _statements(12)),
    "confirm": (_rate(250), _share(0.10), _p95(60), _statements(15)),
    "confirm_hot": (
        Target("of_spread", 0.60, "≥ 60 % of our spread"),
        Target("is_exact", 1, "exactly the stock is sold"),
        Target("deadlocks", 0, "no deadlock", is_ceiling=True),
    ),
    "bulk_confirm": (_rate(1500, "orders"), _share(0.50)),
    "bulk_create": (_rate(2000, "orders"),),
    "orders_page": (_p95(100),),
    "orders_page_many": (_rate(60, "pages"),),
    "search_phone": (_p95(60),),
    "search_name": (_p95(60),),
    "search_reference": (_p95(60),),
    "home_admin": (_p95(150),),
    "home_supervisor": (_p95(150),),
    "home_agent": (_p95(150),),
    "next_order": (_p95(100),),
    "home_buyer": (_p95(150),),
    "home_changing": (_p95(150),),
    "reports": (_p95(150),),
    "figures_lag": (Target("seconds", 2, "≤ 2 s", is_ceiling=True),),
    **{f"import{ending}": IMPORT for ending in ("", "_xlsx", "_sheet")},
    **{f"import_again{ending}": IMPORT_AGAIN for ending in ("", "_xlsx", "_sheet")},
    **{f"{key}_by_size": SIZE for key in SIZED},
    "start": (Target("seconds", 4, "< 4 s", is_ceiling=True),),
    "memory": (Target("mib", 350, "< 350 MiB", is_ceiling=True),),
}
