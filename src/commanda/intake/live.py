"""What sources, their runs and waiting rows tell."""

from commanda.kernel.live import follow

follow("source", "intake", each="source")
follow("import_run", "intake", each="run")
follow("staged_row", "intake")
