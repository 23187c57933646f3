"""The first run: create the administrator, then a checklist of what a new shop needs."""
