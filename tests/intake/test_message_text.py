"""Clients' messages as they come: what is taken, what is offered, and that nothing is lost."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from commanda.customers.city_names import CityIndex, load_cities
from commanda.intake.matching import ProductMatcher, VariantRow
from commanda.intake.message_text import MAX_MESSAGE, Role, read_message
from commanda.kernel.text import fold

ROWS = [
    VariantRow(1, 1, "Montre Atlas", "MONTRE-NOIR", "Noir"),
    VariantRow(2, 1, "Montre Atlas", "MONTRE-ARGENT", "Argent"),
    VariantRow(3, 2, "Sandale Zellige", "SANDALE-BEIGE-38", "Beige", "38"),
    VariantRow(4, 2, "Sandale Zellige", "SANDALE-BEIGE-40", "Beige", "40"),
    VariantRow(5, 3, "Sérum Argan", "SERUM"),
    VariantRow(6, 4, "Lampe Médina", "LAMPE"),
    VariantRow(7, 5, "Théière Fès", "THEIERE"),
    VariantRow(8, 6, "Tapis de prière confort", "TAPIS"),
    VariantRow(9, 7, "Vieux Pouf", "POUF", is_sold=False),
]
ALIASES = [(fold("سيروم اركان"), 5), (fold("montre noire"), 1), (fold("ساعة اطلس"), 1)]
SLUGS = {}
PAIRS = []
for number, row in enumerate(load_cities(), 1):
    SLUGS[number] = row.slug
    PAIRS += [(spelling, number) for spelling in row.spellings]
CITIES, PRODUCTS = CityIndex(PAIRS), ProductMatcher(ROWS, ALIASES)

FORM = "Nom: Sara Bennani\nTel: {tel}\nVille: Rabat\nAdresse: 12 rue Oqba, Agdal\nProduit: Sérum Argan\nQuantité: 2"
WHATSAPP = (
    "[14:03, 12/10/2026] +212 612-345678: slm bghit sandale zellige beige 38\n[14:04, 12/10/2026] {name}: f tanger"
)

# message, then what must come out of it: n name, p phone, q second phone, c city, a address, i items, r rest (note);
# ?n ?c ?p ?i what is offered. What is not named must be empty.
TABLE = [
    ("salam bghit 2 montre noire, Ahmed Alami, casa hay mohammadi rue 5 n 12, 0612345678",
     {"n": "Ahmed Alami", "p": "0612345678", "c": "casablanca", "a": "hay mohammadi rue 5 n 12", "i": {1: 2}}),
    (FORM.format(tel="06 12 34 56 78"),
     {"n": "Sara Bennani", "p": "0612345678", "c": "rabat", "a": "12 rue Oqba, Agdal", "i": {5: 2}}),
    (FORM.format(tel="+212612345678"),
     {"n": "Sara Bennani", "p": "0612345678", "c": "rabat", "a": "12 rue Oqba, Agdal", "i": {5: 2}}),
    (FORM.format(tel="٠٦١٢٣٤٥٦٧٨"),
     {"n": "Sara Bennani", "p": "0612345678", "c": "rabat", "a": "12 rue Oqba, Agdal", "i": {5: 2}}),
    ("السلام عليكم بغيت جوج ديال سيروم اركان، فاطمة الزهراء، الدار البيضاء حي السلام زنقة 4 رقم 7، ٠٦١٢٣٤٥٦٧٨",
     {"n": "فاطمة الزهراء", "p": "0612345678", "c": "casablanca", "a": "حي السلام زنقة 4 رقم 7", "i": {5: 2}}),
    ("الاسم: محمد العلوي\nالهاتف: 0661234567\nالمدينة: مراكش\nالعنوان: حي المسيرة رقم 12\nالمنتج: تابي",
     {"n": "محمد العلوي", "p": "0661234567", "c": "marrakech", "a": "حي المسيرة رقم 12", "?i": []}),
    (("Bonjour, je voudrais commander une Lampe Médina svp. Je m'appelle Karim Tazi, j'habite à Fès, "
     "25 avenue Hassan II. Mon numéro 0677889900 merci"),
     {"n": "Karim Tazi", "p": "0677889900", "c": "fes", "a": "25 avenue Hassan II", "i": {6: 1}}),
    ("Hi I want to order 3 Tapis de prière confort, my name is John Smith, Agadir, +212 6 12 34 56 78",
     {"n": "John Smith", "p": "0612345678", "c": "agadir", "i": {8: 3}}),
    (WHATSAPP.format(name="+212 612-345678"), {"p": "0612345678", "c": "tanger", "i": {3: 1}}),
    (WHATSAPP.format(name="Samira Cliente"),
     {"n": "Samira Cliente", "p": "0612345678", "c": "tanger", "i": {3: 1}}),
    ("12/10/2026, 14:03 - Omar Tazi: bghit serum argan x3\n12/10/2026, 14:05 - Omar Tazi: 0612345678 sale",
     {"n": "Omar Tazi", "p": "0612345678", "c": "sale", "i": {5: 3}}),
    ("0612345678\nHassan Berrada\nTanger\nLampe Médina",
     {"n": "Hassan Berrada", "p": "0612345678", "c": "tanger", "i": {6: 1}}),
    ("safi merci khouya", {"?c": ["safi"], "r": "safi"}),
    ("bghit lampe médina f safi 0612345678", {"p": "0612345678", "c": "safi", "i": {6: 1}}),
    ("Ana Khadija men Fes bghit theiere fes wa7da 0655443322 derb sidi ahmed tijani n 4",
     {"n": "Khadija", "p": "0655443322", "c": "fes", "a": "derb sidi ahmed tijani n 4", "i": {7: 1}}),
    ("🌹 Salam 🌹 bghit Tapis de prière confort x2 🙏 tel 06-12-34-56-78 ou 0698765432 casablanca maarif",
     {"p": "0612345678", "q": "0698765432", "c": "casablanca", "i": {8: 2}}),
    ("bghit serum, Youssef, marrakech wla casa, 061234567",
     {"i": {5: 1}, "?c": ["casablanca", "marrakech"], "?n": ["Youssef"], "?p": [], "r": "Youssef, marrakech wla casa"}),
    ("nom Ahmed\nville Salé\ntel +212612345678\nadresse\nrue 12 hay rahma\nproduit montre atlas argent\nqte 1",
     {"n": "Ahmed", "p": "0612345678", "c": "sale", "a": "rue 12 hay rahma", "i": {2: 1}}),
    ("bghit montre atlas", {"?i": [1, 2], "r": "bghit montre atlas"}),
    ("bghit 3 montres atlas svp", {"?i": [1, 2], "r": "bghit 3 montres atlas"}),
    ("salam khoya chhal taman livraison l oujda?", {"c": "oujda", "r": "chhal taman livraison l"}),
    ("Commande: 2x Sérum Argan + 1 Lampe Médina\nMme Zineb El Fassi\nTél.: 0522 34 56 78\nHay Riad, Rabat",
     {"n": "Zineb El Fassi", "p": "0522345678", "c": "rabat", "a": "Hay Riad", "i": {5: 2, 6: 1}}),
    (("Nom : Ahmed Alami / Tel : 0612345678 / Ville : Casa / Adresse : Maarif, rue 4 / Produit : Montre Atlas / "
     "Couleur : argent / Quantité : 2"),
     {"n": "Ahmed Alami", "p": "0612345678", "c": "casablanca", "a": "Maarif, rue 4", "i": {2: 2}}),
    ("*Nom*: Ali\n*Ville*: xsablanca\n*Tel*: 06.12.34.56.78\n*Produit*: serum x 3",
     {"n": "Ali", "p": "0612345678", "i": {5: 3}, "?c": ["casablanca"]}),
    ("smiti Meriem, bghit jouj lampe médina w tapis de prière confort, 0611223344, rue de fès n 3 meknes",
     {"n": "Meriem", "p": "0611223344", "c": "meknes", "a": "rue de fès n 3", "i": {6: 2, 8: 1}}),
    ("0612345678 montre atlas noir 2 casablanca", {"p": "0612345678", "c": "casablanca", "i": {1: 2}}),
    ("montre atlas noir 12 rue Hassan casablanca 0612345678",
     {"p": "0612345678", "c": "casablanca", "a": "12 rue Hassan", "i": {1: 1}}),
    ("سميتي خالد ساكن ف طنجة بغيت ساعة 0633221100",
     {"n": "خالد", "p": "0633221100", "c": "tanger", "?i": [], "r": "بغيت ساعة"}),
    ("بغيت ٣ ساعة اطلس، طنجة، ٠٦٣٣٢٢١١٠٠", {"p": "0633221100", "c": "tanger", "i": {1: 3}}),
    ("06 12 34 56 78 / 0522123456 Rachid Idrissi, Béni Mellal, Lot Najah 44",
     {"n": "Rachid Idrissi", "p": "0612345678", "q": "0522123456", "c": "beni-mellal", "a": "Lot Najah 44"}),
    ("sandale zellige beige 40, taille standard", {"i": {4: 1}, "r": "taille standard"}),
    ("sandale zellige beige", {"?i": [3, 4], "r": "sandale zellige beige"}),
    ("bghit vieux pouf", {"?i": [], "r": "bghit vieux pouf"}),
    ("1 serum argan et 1 lampe medina et encore 1 serum argan", {"i": {5: 2, 6: 1}, "r": "et encore"}),
    ("0612345678", {"p": "0612345678"}),
    ("00212612345678 kenitra", {"p": "0612345678", "c": "kenitra"}),
    ("06123456780698765432", {"p": "0612345678", "q": "0698765432"}),
    ("Ahmed0612345678 Alami", {"p": "0612345678", "?n": ["Ahmed", "Alami"], "r": "Ahmed, Alami"}),
    ("0612345678 0698765432 0655443322", {"p": "0612345678", "q": "0698765432", "?p": ["06 55 44 33 22"]}),
    ("appelez moi au 06 12 34 56 78 le soir", {"p": "0612345678", "r": "appelez moi, le soir"}),
    ("", {}),
    ("   \n\n  ", {}),
    ("🙏🙏🙏", {}),
    (":::===,,,", {}),
    ("Nom:\nTel:\nVille:\nAdresse:\nProduit:", {}),
    ("<script>alert(1)</script> 0612345678", {"p": "0612345678", "r": "<script>alert(1)</script>"}),
    ("=HYPERLINK(\"http://x\") bghit lampe", {"i": {6: 1}, "r": 'HYPERLINK("http://x") bghit'}),
    ("Tel: 06 12 34 56 7", {"?p": []}),
    ("+33 6 12 34 56 78 Paris", {"?p": [], "?n": ["Paris"], "r": "Paris"}),
    ("Ville: Casa, Adresse: rue de Rabat 5, Nom: Ali Tazi, Tel: 0612345678",
     {"n": "Ali Tazi", "p": "0612345678", "c": "casablanca", "a": "rue de Rabat 5"}),
    ("Adresse: 5 rue X\nremarque: livrer après 18h", {"a": "5 rue X", "r": "livrer après 18h"}),
    ("lampe medina 0612345678\u200f \u202bسلا\u202c", {"p": "0612345678", "c": "sale", "i": {6: 1}}),
]  # fmt: skip


def read(message):
    return read_message(message, cities=CITIES, products=PRODUCTS)


def offered(reading, field):
    doubt = reading.doubt(field)
    if doubt is None:
        return None
    return sorted(SLUGS[value] for value in doubt.values) if field == "city" else list(doubt.values)


@pytest.mark.parametrize(("message", "wanted"), TABLE, ids=[text[:40] for text, _wanted in TABLE])
def test_message_is_read_as_a_person_would(message, wanted):
    reading = read(message)
    got = {
        "n": reading.name,
        "p": reading.phone.national if reading.phone else "",
        "q": reading.phone2.national if reading.phone2 else "",
        "c": SLUGS.get(reading.city_id, ""),
        "a": reading.address,
        "i": {item.variant_id: item.quantity for item in reading.items},
        "r": reading.note,
        "?n": offered(reading, "name"),
        "?c": offered(reading, "city"),
        "?p": offered(reading, "phone"),
        "?i": offered(reading, "product"),
    }
    empty = dict.fromkeys("npqcar", "") | {"i": {}} | dict.fromkeys(("?n", "?c", "?p", "?i"))
    assert got == empty | wanted


def test_table_is_long_enough():
    assert len(TABLE) >= 40


def test_name_without_label_is_marked_as_worth_a_look():
    assert read("Ahmed Alami, 0612345678").unsure == {"name"}
    assert not read("Nom: Ahmed Alami").unsure


def test_quantity_of_an_offered_product_is_kept():
    assert read("bghit 3 montre atlas").doubt("product").quantity == 3
    assert read("Produit: montre atlas\nQuantité: 4").doubt("product").quantity == 4


def test_long_message_is_kept_to_its_end():
    message = "Lampe Médina 0612345678 " + "mot " * 2_000
    reading = read(message)
    assert "".join(part.text for part in reading.parts) == message
    assert len(message) > MAX_MESSAGE
    assert reading.note.count("mot") == 2_000


PIECES = st.sampled_from(
    [
        "Nom:",
        "Tel: ",
        "Ville",
        "\n",
        ", ",
        " ",
        "0612345678",
        "٠٦١٢",
        "casa",
        "rue de fès",
        "bghit",
        "2",
        "x3",
        "جوج",
        "montre noire",
        "Sérum Argan",
        "🙏",
        "\u200f",
        "[14:03, 12/10/2026] A: ",
        "Ahmed Alami",
        "safi",
        "…",
        "\x00",
        "()",
    ]
)


def is_told(word, reading):
    said = " ".join([reading.name, reading.address, reading.note, *(doubt.written for doubt in reading.doubts)])
    return word in said


@settings(max_examples=300)
@given(st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=25).map("".join)))
@example("TEL:VilLE/RTE:0")  # a word before the address that is not part of it
def test_no_text_is_lost_and_nothing_is_raised_by_any_message(message):
    reading = read(message)
    assert "".join(part.text for part in reading.parts) == message
    for part in reading.parts:
        if part.role in {Role.NOTE, Role.NAME, Role.ADDRESS}:
            for word in re.findall(r"[a-z]{2,}", part.text):
                assert is_told(word, reading), (word, part)
