"""The words of clients' messages: French, English, Arabic, and Darija in both scripts. Compared folded."""

import re
from typing import Final

from commanda.kernel.text import fold


def _set(text: str) -> frozenset[str]:
    return frozenset(filter(None, map(fold, re.split(r"[|\n]", text))))


# Label → field. A label counts before ":" or "=" anywhere, and without a mark at the beginning of a line.
LABELS: Final[dict[str, str]] = {
    label: field
    for field, labels in {
        "name": """nom|nom complet|nom et prenom|nom prenom|prenom|prenom et nom|name|full name|client|smiya|smia|smiti
            ism|الاسم|الاسم الكامل|اسم|الاسم و النسب|الاسم والنسب|السمية|سميتي""",
        "phone": """tel|tele|telephone|phone|gsm|mobile|num|numero|nmra|nemra|ra9m|r9m|whatsapp|numero de telephone
            num tel|n tel|الهاتف|رقم الهاتف|هاتف|التلفون|النمرة|نمرة|رقم|الرقم""",
        "city": "ville|city|mdina|lmdina|madina|medina|المدينة|مدينة|town",
        "address": """adresse|adress|address|adresse complete|adresse de livraison|l3onwan|3onwan|lieu|livraison
            العنوان|عنوان|العنوان الكامل""",
        "product": """produit|product|article|articles|produits|commande|sel3a|lproduit|model|modele
            المنتج|المنتوج|السلعة|الطلب|طلب""",
        "quantity": "quantite|qte|qty|quantity|nombre|nbr|combien|ch7al|l3adad|الكمية|كمية|العدد|عدد",
        "color": "couleur|color|colour|lon|lown|اللون|لون",
        "size": "taille|pointure|size|9yas|المقاس|مقاس|القياس",
        "note": "note|remarque|commentaire|ملاحظة|comment|nb|ps",
    }.items()
    for label in _set(labels)
}
# Labels that are plain words as well: they need their mark.
MARKED_ONLY: Final = _set(
    "smiti|سميتي|client|num|numero|nb|ps|note|ism|livraison|lieu|commande|nombre|combien|طلب|model|modele|رقم|لون|عدد"
)

GREETINGS: Final = _set(
    """salam|salam alaykom|salam alaikoum|salam 3alikom|salam 3likom|slm|salut|bonjour|bjr|bonsoir|bsr|hello|hi|hey|cc
    coucou|labas|sba7 lkhir|msa lkhir|السلام عليكم|السلام عليكم ورحمة الله|سلام|السلام|مرحبا|صباح الخير|مساء الخير|اهلا
    khoya|khouya|khti|okhti|akhi|a khoya|sidi|lalla|mr|mme|monsieur|madame|خويا|ختي|اخي|اختي|سيدي
    svp|stp|s il vous plait|please|pls|3afak|afak|3afakom|عفاك|عفاكم|من فضلك|merci|mrc|chokran|choukran|شكرا
    thanks|thank you|ok|oui|wakha|inchallah|nchallah|ان شاء الله|و|et|and|w"""
)
# What a message wants: what stands beside these words is the product.
WANTS: Final = _set(
    """bghit|brit|bghina|bgheit|bghite|nbghi|kanbghi|bghet|baghi|bagha|nakhod|nchri|ncommander|ncommandi|nkomandi
    bghit nchri|bghit ncommander|bghit ncommandi|bghit nakhod|bghit nkomandi
    je veux|je voudrais|je souhaite|je veux commander|je voudrais commander|je souhaite commander|j aimerais|commander
    je commande|i want|i would like|i d like|i want to order|i would like to order|order|i need
    بغيت|بغيتي|بغينا|نبغي|بغيت نشري|بغيت نطلب|بغيت نكوموندي|اريد|أريد|اريد ان اطلب|ابغى|حاب|حابة|طلب|نطلب"""
)
SAYS_NAME: Final = _set(
    """ana|smiti|smyti|smiyti|je m appelle|je suis|mon nom est|c est|my name is|i am|this is|اسمي|انا|سميتي|إسمي|معاك
    معكم"""
)
# Before a city: "f casa", "à Rabat", "من فاس".
AT: Final = _set(
    "f|fi|a|à|de|in|from|mn|men|min|ville|mdinat|mdint|l|li|ila|jusqu a|dans|sakn f|sakna f|في|ف|من|الى|مدينة|ساكن ف"
)
ADDRESS: Final = _set(
    """rue|av|ave|avenue|bd|bld|blvd|boulevard|hay|7ay|hy|quartier|qu|lot|lotissement|res|residence|imm|immeuble|apt|appt
    appart|appartement|etage|etg|bloc|block|villa|derb|zan9a|zanka|zankat|route|rte|place|street|st|km|douar|douwar|groupe
    app|dar|maison|n|num|numero|no|gh|tranche|secteur|porte|angle|pres|a cote|devant|face|9dam|7da|hda|7daa|cote
    شارع|زنقة|حي|الحي|درب|اقامة|إقامة|عمارة|شقة|رقم|تجزئة|طابق|بلوك|دوار|قرب|قدام|حدا|بجانب|فيلا|الشقة|ساحة"""
)
NUMBERS: Final[dict[str, int]] = {
    fold(word): number
    for number, words in {
        1: "un une one wa7d wahd wahed wa7da wahda واحد واحدة واحده وحدة",
        2: "deux two jouj joj zouj zoj juj جوج زوج اثنين اتنين",
        3: "trois three tlata tlatha ثلاثة تلاتة ثلاث تلاثة",
        4: "quatre four rb3a reb3a arb3a اربعة ربعة اربع",
        5: "cinq five khamsa khmsa 5amsa خمسة خمس",
        6: "six stta setta ستة",
    }.items()
    for word in words.split()
}
PIECES: Final = _set(
    """pcs|pc|piece|pieces|unite|unites|x|fois|dyal|d|dial|de|des|paire|paires|7bat|habat|7abat|قطع|قطعة|حبات|حبة|ديال|وحدات"""
)
# Cities whose names are everyday words too ("safi merci" means "that is all").
EVERYDAY: Final = _set(
    "safi|saffi|rich|saka|tah|tata|sala|sla|gara|saada|جديدة|ريش|zak|stat|massa|zaida|fas|gardon|akka"
)
# Words no name is made of, beside all of the above.
NOT_NAMES: Final = _set(
    """livraison|livrer|prix|chhal|ch7al|bchhal|taman|dh|mad|dhs|درهم|gratuit|demain|lyoum|aujourd hui|ghda|soir|matin
    urgent|rapide|bsahtek|tawsil|توصيل|الثمن|كم|شحال|بشحال|واش|wach|ila|kayn|kayna|momkin|possible|disponible|dispo|couleur
    taille|pointure|lon|noir|blanc|avec|sans|pour|mon|ma|mes|le|la|les|du|the|my|is|and|please|appel|appelez|appeler|3iyto
    عيطو|اتصل|اليوم|غدا|العشية|الصباح|white|black|size|color|ce|cette|hada|hadi|had|هاد|هذا|هذه|votre|vous|je|nous|on|i|you"""
)
# Beside a number: "mon numéro 06 …", "tel ou …".
BY_PHONE: Final = frozenset({label for label, field in LABELS.items() if field == "phone"}) | _set(
    "mon|my|ou|or|wla|number|is|est|au|sur|wa|w|و|او|أو|رقمي|هاتفي|نمرتي|dyali|numero|num|nmrti|ra9mi|رقم"
)
# Words that say nothing once the rest of their sentence is understood.
FILLERS: Final = frozenset(
    word for phrase in (*GREETINGS, *WANTS, *AT, *SAYS_NAME, *BY_PHONE) for word in phrase.split()
) | _set(
    """j|je|habite|sakn|sakna|saken|ساكن|ساكنة|had|hada|hadi|هاد|هذا|la|le|les|un|une|l|the|a|an|dyal|ديال|mon|ma|me|moi|bien
    c|est|avec|en|au|aux"""
)
# Fillers that names carry inside: "Zineb La Rocca", "Ali Le Bon".
NAME_PARTICLES: Final = _set("la|le|de")
