"""Who signs in to the demo shop."""

PASSWORD = "Atlas-Menara-2026"  # noqa: S105  printed by `make demo`

# role, name, e-mail, language
PEOPLE = [
    ("admin", "Karima Benjelloun", "admin@demo.commanda.ma", "fr"),
    ("supervisor", "Youssef El Idrissi", "superviseur@demo.commanda.ma", "fr"),
    ("agent", "Salma Bouzidi", "agent@demo.commanda.ma", "fr"),
    ("agent", "Omar Tazi", "omar@demo.commanda.ma", "ar"),
    ("agent", "Hind Lahlou", "hind@demo.commanda.ma", "fr"),
    ("agent", "Mehdi Sefrioui", "mehdi@demo.commanda.ma", "fr"),
    ("agent", "Nadia Ouazzani", "nadia@demo.commanda.ma", "ar"),
    ("agent", "Ilyas Berrada", "ilyas@demo.commanda.ma", "fr"),
    ("buyer", "Sofia Kettani", "buyer@demo.commanda.ma", "fr"),
    ("buyer", "Anas Filali", "anas@demo.commanda.ma", "fr"),
]

# role, e-mail, password: the four that are printed
SIGN_INS = [
    (role, email, PASSWORD)
    for role, _name, email, _language in PEOPLE
    if email.split("@", maxsplit=1)[0] in {"admin", "superviseur", "agent", "buyer"}
]
