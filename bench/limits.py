"""The database's own limit: the same work as minimal SQL, by pgbench, on tables that demand the same of each row."""

import math
import re
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from bench.house import House
from commanda.config.embedded_account import program

SQL = Path(__file__).with_name("sql")
# Our tables → their twins: the same columns, checks, indexes and keys, without our triggers.
TWINS = {
    "orders_order": "orders",
    "orders_orderline": "line",
    "customers_customer": "customer",
    "stock_stockmovement": "movement",
    "stock_stocklevel": "level",
}
# What the import is compared with, and the column that says of which order a row is.
COPIED = {"orders_order": "id", "orders_orderline": "order_id"}


@dataclass
class Limits:
    """Transactions a second; each is measured when it is first asked for, right beside our own figure."""

    house: House
    clients: int
    seconds: float
    _known: dict[str, float] = field(default_factory=dict)
    # What the scripts are told of the twins: ids and their ranges.
    _facts: dict[str, int] = field(default_factory=dict)

    def create(self) -> float:
        """Client by phone, order, two lines."""
        return self._measure("create", "limit_create.sql")

    def confirm(self) -> float:
        """Order, level with its check, movement; spread over all levels."""
        return self._measure("confirm", "limit_confirm.sql")

    def confirm_hot(self) -> float:
        """The same with all clients on one level."""
        return self._measure("confirm_hot", "limit_confirm.sql", is_hot=True)

    def list_rows(self) -> float:
        """Fifty orders of one stage, newest first."""
        return self._measure("list", "limit_list.sql")

    def copy_seconds(self, first_order: int) -> float:
        """Seconds of a bare COPY of the orders from `first_order` on, and their lines, into empty tables with the same
        indexes, checks and foreign keys.
        """
        spent = 0.0
        with self.house.connect() as connection:
            for table, order_id in COPIED.items():
                columns = sql.SQL(", ").join(map(sql.Identifier, plain_columns(connection, table)))
                chosen = sql.SQL("SELECT {} FROM {} WHERE {} >= {}").format(
                    columns, sql.Identifier(table), sql.Identifier(order_id), sql.Literal(first_order)
                )
                with connection.cursor().copy(sql.SQL("COPY ({}) TO STDOUT").format(chosen)) as reading:
                    rows = b"".join(reading)
                target = _twin(connection, table, f"copied_{TWINS[table]}")
                _add_keys(connection, table, target)
                connection.execute("CHECKPOINT")
                started = time.perf_counter()
                with connection.cursor().copy(sql.SQL("COPY {} ({}) FROM STDIN").format(target, columns)) as writing:
                    writing.write(rows)
                spent += time.perf_counter() - started
        return spent

    def _measure(self, name: str, script: str, *, is_hot: bool = False) -> float:
        if name not in self._known:
            self._prepare()
            one = {"last_variant": self._facts["first_variant"]} if is_hot else {}
            self._known[name] = self._pgbench(SQL / script, self._facts | one)
        return self._known[name]

    def _prepare(self) -> None:
        with self.house.connect() as connection:
            if not self._facts:
                for table, target in [(table, _twin(connection, table, name)) for table, name in TWINS.items()]:
                    _add_keys(connection, table, target, TWINS)
                # What is there already is right.
                connection.execute("SET session_replication_role = replica")
                connection.execute((SQL / "limit_fill.sql").read_text())
                connection.execute("RESET session_replication_role")
                for name in TWINS.values():
                    connection.execute(sql.SQL("VACUUM ANALYZE {}").format(sql.Identifier("plain", name)))
                with connection.cursor(row_factory=dict_row) as cursor:
                    self._facts |= cursor.execute((SQL / "limit_facts.sql").read_text()).fetchone() or {}
            connection.execute("CHECKPOINT")

    def _pgbench(self, script: Path, values: dict[str, int]) -> float:
        line = [str(program("pgbench")), "--no-vacuum", "--protocol=prepared", f"--file={script}"]
        line += [f"--client={self.clients}", "--jobs=2", f"--time={math.ceil(self.seconds)}"]
        line += [f"--define={name}={value}" for name, value in values.items()]
        done = subprocess.run([*line, self.house.url], capture_output=True, text=True, check=False)
        found = re.search(r"tps = ([0-9.]+)", done.stdout)
        if done.returncode != 0 or found is None or "failed transactions: 0 " not in done.stdout:
            raise RuntimeError(f"pgbench {script.name} failed: {done.stdout[-1000:]} {done.stderr[-1000:]}")
        return float(found.group(1))


def plain_columns(connection: psycopg.Connection, table: str) -> list[str]:
    """The columns of a table that can be written."""
    rows = connection.execute(
        "SELECT column_name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
        [table],
    ).fetchall()
    return [name for (name,) in rows]


def _twin(connection: psycopg.Connection, table: str, name: str) -> sql.Identifier:
    """An empty table with the columns, checks and indexes of `table`."""
    target = sql.Identifier("plain", name)
    connection.execute("CREATE SCHEMA IF NOT EXISTS plain")
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {} CASCADE").format(target))
    connection.execute(sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(target, sql.Identifier(table)))
    return target


def _add_keys(
    connection: psycopg.Connection, table: str, target: sql.Identifier, twins: Mapping[str, str] | None = None
) -> None:
    """Give a twin of `table` its foreign keys; what has a twin of its own is referred to there."""
    keys = connection.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'",
        [table],
    ).fetchall()
    for name, definition in keys:
        told = definition
        for original, twin in (twins or {}).items():
            told = told.replace(f"REFERENCES {original}(", f"REFERENCES plain.{twin}(")
        connection.execute(
            sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(target, sql.Identifier(name), sql.SQL(told))
        )
