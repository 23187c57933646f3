"""Django's PostgreSQL, with a cheaper look at kept connections (the `ENGINE` of the settings)."""
