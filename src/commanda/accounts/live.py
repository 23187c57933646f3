"""A change of a person or a role: open streams are checked again at once."""

from commanda.kernel.live import follow

follow("user", "rights")
follow("role", "rights")
