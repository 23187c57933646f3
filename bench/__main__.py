"""`python -m bench`: measure, print, write RESULTS.md; with --check exit 1 when a target is missed."""

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from bench import calls, imports, people, reads, starts, streams, writes
from bench.history import fill, order_number
from bench.house import House, web_server
from bench.limits import Limits
from bench.load import Site
from bench.profiling import SCENES, profile
from bench.results import FILE, Circumstances, Figure, page

Group = Callable[[Site, Limits], Iterator[Figure]]
START = "start"
# Counting everything anew, to compare it with kept sums, takes minutes for a million orders.
MOST_COUNTED = 50_000


def main(argv: Sequence[str] | None = None) -> int:
    """Run what is asked for; returns the exit code."""
    options = _parser().parse_args(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench: ended by SIGTERM"))
    house = House(options.keep)
    try:
        say("Making the database …")
        house.migrate()
        say(fill(house, orders=options.orders))
        orders = order_number()
        if options.profile:
            profile(options.profile, say)
            return 0
        figures, remarks = _measure(house, options)
        circumstances = Circumstances(
            orders, options.seconds, options.clients, options.workers, postgresql=_version(house)
        )
        if START in options.only:
            cookies = people.cookies()
            house.release_database()
            figures += _said(starts.start(house, cookies))
    finally:
        house.close()
    text = page(figures, circumstances, remarks)
    options.output.write_text(text, encoding="utf-8")
    if options.values:
        told = {figure.key: {"title": figure.title, **figure.values} for figure in figures}
        options.values.write_text(json.dumps(told), encoding="utf-8")
    say(f"\n{text}\nWritten to {options.output}")
    return 1 if options.check and any(figure.missed for figure in figures) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Commanda against its database's own limit")
    parser.add_argument("--orders", type=int, default=20_000, help="orders of history (default 20000)")
    parser.add_argument("--rows", type=int, default=10_000, help="rows of the imported file (default 10000)")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each measurement (default 4)")
    parser.add_argument("--clients", type=int, default=8, help="working at once (default 8)")
    parser.add_argument("--workers", type=int, default=2, help="processes of the web server (default 2)")
    parser.add_argument("--only", type=_names, default=list(_groups(0)), help=f"some of {','.join(_groups(0))}")
    parser.add_argument("--keep", type=Path, help="a directory whose database outlives the run, for the next one")
    parser.add_argument("--check", action="store_true", help="exit code 1 when a target is missed")
    parser.add_argument("--output", type=Path, default=FILE, help="where the results go (default bench/RESULTS.md)")
    parser.add_argument("--values", type=Path, help="where the values of the figures go, as JSON")
    parser.add_argument("--profile", choices=sorted(SCENES), help="say where the time of one request goes, instead")
    return parser


def _names(text: str) -> list[str]:
    names = text.split(",")
    unknown = set(names) - set(_groups(0))
    if unknown:
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(sorted(unknown))}")
    return names


def _groups(rows: int) -> dict[str, Group]:
    """Name → measurement, in their order: reading first, while the tables are as they were loaded."""

    def nothing(site: Site, limits: Limits) -> Iterator[Figure]:
        yield from ()  # measured last of all, when the web server has ended

    return {
        "list": reads.pages,
        "search": reads.search,
        "home": reads.homes,
        "reports": reads.reports,
        "calls": calls.outcomes,
        "create": writes.create,
        "bulk-create": writes.create_in_bulk,
        "confirm": writes.confirm,
        "bulk-confirm": writes.confirm_in_bulk,
        "import": partial(imports.take_in, rows=rows),
        "streams": streams.streams,
        START: nothing,
    }


def _measure(house: House, options: argparse.Namespace) -> tuple[list[Figure], list[str]]:
    from commanda.insights.books import assert_books_balance, check_kept_sums
    from commanda.insights.services.keep import keep_sums

    limits = Limits(house, clients=options.clients, seconds=options.seconds)
    figures: list[Figure] = []
    with web_server(house, workers=options.workers) as (program, port):
        site = Site(
            house=house,
            web=program,
            port=port,
            key=people.key(),
            cookies=people.cookies(),
            seconds=options.seconds,
            clients=options.clients,
        )
        for name, group in _groups(options.rows).items():
            if name in options.only:
                figures += _said(group(site, limits))
    assert_books_balance()
    if options.orders <= MOST_COUNTED:
        while keep_sums():
            pass
        assert_books_balance(lambda: [check_kept_sums()])
    return figures, ["all books of `commanda check-books` balanced before and after"]


def _said(figures: Iterator[Figure]) -> Iterator[Figure]:
    before = time.monotonic()
    for figure in figures:
        say(f"{time.monotonic() - before:5.1f} s  {figure.title}: {figure.value:,.1f} {figure.unit} {figure.note}")
        yield figure
        before = time.monotonic()


def _version(house: House) -> str:
    with house.connect() as connection:
        return str(connection.info.parameter_status("server_version"))


def say(text: str) -> None:
    """Tell the person at the terminal."""
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
