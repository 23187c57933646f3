"""Personal data of clients: exported, erased, cleared after their time; who looked at whose."""
