"""The fake as a process of its own: python -m tests.fakes.ads PORT

Point the application at it with COMMANDA_META_API_BASE and COMMANDA_TIKTOK_API_BASE; the token is `state.TOKEN`.
"""

import sys
import time
from datetime import UTC, datetime, timedelta

from tests.fakes.ads.server import running
from tests.fakes.ads.state import TOKEN


def main(port: str) -> None:
    today = datetime.now(tz=UTC).date()
    with running(port=int(port)) as world:
        for account in (world.add_meta(), world.add_tiktok()):
            account.campaigns = {"101": "Montre Atlas – Femmes", "102": "Sandale été", "103": "Test vidéo 7"}
            for back in range(90):
                for at, number in enumerate(account.campaigns, start=1):
                    account.spend(number, today - timedelta(days=back), f"{7 * at + back % 5}.50")
        print(f"{world.base} · Meta 1234567 · TikTok 7654321 · token {TOKEN}", flush=True)
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    main(*sys.argv[1:])
