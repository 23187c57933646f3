"""Where orders come in: sources, uploads, runs and the inbox of rows that wait for a person."""
