"""`commanda events`: server-sent events from PostgreSQL's NOTIFY. Loads neither models nor settings: it stays small."""
