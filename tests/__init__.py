"""The tests; `tests/<app>/` mirrors `src/commanda/<app>/`."""
