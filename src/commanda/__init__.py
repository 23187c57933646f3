"""Commanda: order management for e-commerce paid on delivery."""

import zoneinfo

# Morocco changes its clocks by decree, often at short notice: the time zones come with the packages of the project,
# pinned like everything else, and not from the system, whose data may be years old.
zoneinfo.reset_tzpath(to=())
