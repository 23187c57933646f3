"""Measurements of Commanda against the database's own limit, in the same run on the same server.

    python -m bench --orders 20000 --seconds 4 --clients 8      # what `make bench` runs; writes bench/RESULTS.md
    python -m bench --only create,confirm --check               # exit code 1 when a target is missed

How to read the table: docs/ops/bench.md.
"""
