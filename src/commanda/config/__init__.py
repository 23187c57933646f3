"""Start-up: settings, URLs, the embedded PostgreSQL and the `commanda` command."""
