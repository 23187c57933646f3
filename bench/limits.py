"""The database's own limit: the same work as minimal SQL, by pgbench, on plain copies on the same server."""

import math
import re
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from bench.house import House
from commanda.config.embedded_account import program

SQL = Path(__file__).with_name("sql")
COPIED = {"orders": "orders_order", "line": "orders_orderline"}


@dataclass
class Limits:
    """Transactions a second; each is measured when it is first asked for, right beside our own figure."""

    house: House
    clients: int
    seconds: float
    _known: dict[str, float] = field(default_factory=dict)
    _variants: int = 0
    _orders: int = 0

    def create(self) -> float:
        """Client by phone, order, two lines."""
        return self._measure("create", "limit_create.sql")

    def confirm(self) -> float:
        """Order, level with its check, movement; spread over all levels."""
        return self._measure("confirm", "limit_confirm.sql")

    def confirm_hot(self) -> float:
        """The same with all clients on one level."""
        return self._measure("confirm_hot", "limit_confirm.sql", variants=1)

    def list_rows(self) -> float:
        """Fifty orders of one stage, newest first."""
        return self._measure("list", "limit_list.sql")

    def copy_seconds(self, first_order: int) -> float:
        """Seconds of a bare COPY of the orders from `first_order` on, and their lines, into empty tables with the same
        indexes, checks and foreign keys.
        """
        conditions = {"orders": "id >= {first}", "line": "order_id >= {first}"}
        spent = 0.0
        with self.house.connect() as connection:
            for name, table in COPIED.items():
                columns = sql.SQL(", ").join(map(sql.Identifier, plain_columns(connection, table)))
                chosen = sql.SQL("SELECT {columns} FROM {table} WHERE " + conditions[name]).format(
                    columns=columns, table=sql.Identifier(table), first=sql.Literal(first_order)
                )
                with connection.cursor().copy(sql.SQL("COPY ({}) TO STDOUT").format(chosen)) as reading:
                    rows = b"".join(reading)
                target = _twin(connection, table, sql.Identifier("plain", f"copied_{name}"))
                connection.execute("CHECKPOINT")
                started = time.perf_counter()
                with connection.cursor().copy(sql.SQL("COPY {} ({}) FROM STDIN").format(target, columns)) as writing:
                    writing.write(rows)
                spent += time.perf_counter() - started
        return spent

    def _measure(self, name: str, script: str, *, variants: int | None = None) -> float:
        if name not in self._known:
            self._prepare()
            values = {"variants": variants or self._variants, "orders": self._orders}
            self._known[name] = self._pgbench(SQL / script, values)
        return self._known[name]

    def _prepare(self) -> None:
        with self.house.connect() as connection:
            if not self._orders:
                connection.execute((SQL / "limit_schema.sql").read_text())
                connection.execute(
                    "VACUUM ANALYZE plain.orders, plain.customer, plain.line, plain.movement, plain.level"
                )
                counts = "SELECT (SELECT max(id) FROM plain.orders), (SELECT count(*) FROM plain.level)"
                self._orders, self._variants = connection.execute(counts).fetchone() or (0, 0)
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


def _twin(connection: psycopg.Connection, table: str, target: sql.Identifier) -> sql.Identifier:
    """An empty table that demands of a row what `table` demands."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS plain")
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(target))
    connection.execute(sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(target, sql.Identifier(table)))
    keys = connection.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'",
        [table],
    ).fetchall()
    for name, definition in keys:
        connection.execute(
            sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(target, sql.Identifier(name), sql.SQL(definition))
        )
    return target
