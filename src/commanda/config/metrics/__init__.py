"""Figures for Prometheus at `/metrics`: what the requests came to, and how database, queue and sources are.

Requests are counted in files that all processes of one web server share (`shared_values`); everything else is read from
the database when it is asked for, so it is the same whichever host answers. No figure of the shop's business is among
them, and no label holds anything of a person: routes are patterns, sources are numbers.
"""
