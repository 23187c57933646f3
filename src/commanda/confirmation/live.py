"""What calls and presence tell: the board, and the queue of who called."""

from commanda.kernel.live import follow

follow("call", "board", "queue")
follow("user", "board")  # presence
