"""A whole Commanda under load while its parts are killed: `python -m tests.chaos`, and in short a test."""
