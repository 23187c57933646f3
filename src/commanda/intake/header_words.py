"""What columns are called: French, English, Arabic, Darija in Latin letters, as sheets and shops write them.

Per field, the surest names first. Names after `WEAK` are taken only when no column has a surer claim ("Prix" is
the total of the order unless another column says so). All are compared folded.
"""

from typing import Final

WEAK: Final = "~"

HEADER_WORDS: Final[dict[str, str]] = {
    "external_id": """
order id|external order id|order number|order no|numero de commande|numero commande|n commande|no commande|num commande|
id commande|ref commande|reference commande|code commande|order ref|order reference|commande n|order|رقم الطلب|
رقم الطلبية|معرف الطلب|رقم الطلبيه|id talab|order number short|~|commande|id|external id|row id|order key|lead id|
order code""",
    "ordered_at": """
order date|date commande|date de commande|date de la commande|order created|created at|date creation|date de creation|
created|date d ajout|order time|تاريخ الطلب|تاريخ الطلبية|date|التاريخ|تاريخ|timestamp|horodateur|date heure|tarikh|
تاريخ الانشاء|submitted at|date added|~|jour|day|heure|time|paid at""",
    "store": """
store name|store|boutique|nom boutique|nom de la boutique|magasin|shop|shop name|site|المتجر|متجر|~|store id|funnel|
website|brand|marque""",
    "agent": """
agent name|agent|nom agent|confirmatrice|confirmateur|operateur|operatrice|agent de confirmation|assigned to|
assigne a|الموظف|المؤكدة|المؤكد|موظف التاكيد|affecte a|teleoperatrice|~|responsable|user""",
    "name": """
customer name|full name|nom complet|nom et prenom|nom prenom|nom du client|nom client|client name|name|nom|client|
الاسم الكامل|الاسم|اسم الزبون|اسم العميل|الزبون|العميل|اسم|الاسم و النسب|الاسم والنسب|smiya|smya|smia|ism|lism|
destinataire|nom destinataire|receiver|recipient|recipient name|user name|shipping name|billing name|buyer name|
customer|nom de client|نوم|~|contact|acheteur""",
    "first_name": "first name|prenom|firstname|given name|الاسم الشخصي|الاسم الاول",
    "last_name": "last name|nom de famille|lastname|surname|family name|النسب|الاسم العائلي|اللقب|~|nom",
    "phone": """
phone|telephone|phone number|numero de telephone|numero telephone|n telephone|num tel|numero tel|tel|gsm|mobile|
customer phone|client phone|phone 1|telephone 1|tel 1|user phone|mobile phone|portable|telephone client|tele|
الهاتف|رقم الهاتف|هاتف|الهاتف الاول|رقم التلفون|التلفون|تلفون|رقم الجوال|جوال|hatif|nmra|nemra|ra9m|r9m|
nmra tel|ra9m lhatif|telephone du client|tel client|shipping phone|contact phone|نمرة الهاتف|النمرة|~|numero|
billing phone|contact number|num|number|numero whatsapp|phone whatsapp""",
    "phone2": """
phone 2|telephone 2|tel 2|second phone|deuxieme telephone|autre telephone|phone2|gsm 2|الهاتف الثاني|هاتف 2|
رقم ثاني|الهاتف 2|secondary phone|alternative phone|~|numero whatsapp|billing phone|whatsapp number|numero 2""",
    "city": """
ville|city|المدينة|مدينة|customer city|ville de livraison|ville client|shipping city|ville destination|commune|
commune bureau|lmdina|mdina|madina|l mdina|medina|localite|المدينه|town|~|wilaya|destination|region|billing city""",
    "address": """
adresse|address|street address|adresse de livraison|adresse complete|shipping address|shipping address1|shipping street|
العنوان|عنوان|العنوان الكامل|عنوان التوصيل|customer address|user address|full address|adresse client|delivery address|
3onwan|l3onwan|adress|adresse destinataire|address 1|~|street|quartier|rue|billing address1|الحي""",
    "product": """
product name|nom du produit|nom produit|produit|product|produits|products|lineitem name|article|articles|designation|
المنتج|المنتوج|اسم المنتج|المنتجات|السلعة|sel3a|lproduit|produi|item|items|item name|marchandise|nature de produit|
line items|product title|titre produit|produit commande|~|items summary|offre|offer|description produit|title|titre""",
    "sku": """
sku|lineitem sku|code produit|product code|ref produit|reference produit|code article|product sku|variant sku|
item sku|reference article|ugs|رمز المنتج|كود المنتج""",
    "variant_color": """
color|couleur|colour|اللون|لون|lon|lown|product color|couleur produit|variant color|coleur|clr|~|variant|variante|
variants|options""",
    "variant_size": """
size|taille|pointure|المقاس|مقاس|الحجم|القياس|product size|variant size|taille produit|t pointure|pointure taille|
9yas""",
    "quantity": """
total quantity|quantite|quantity|qte|qty|product quantity|lineitem quantity|nombre de pieces|nb pieces|nbr pieces|
الكمية|كمية|العدد|عدد القطع|quantite totale|quantite produit|item quantity|l3adad|qtt|qnt|~|pieces|nombre|item count|
nbr|nb|عدد""",
    "unit_price": """
unit price|prix unitaire|pu|p u|lineitem price|product price|prix produit|price per unit|item price|prix du produit|
ثمن الوحدة|سعر الوحدة|ثمن المنتج|~|price|prix|السعر|الثمن""",
    "total_price": """
total price|prix total|total|montant total|total amount|order total|montant|total a payer|cod amount|cod|
prix a collecter|montant a collecter|crbt|contre remboursement|total commande|grand total|amount|total dh|total mad|
المجموع|المبلغ|السعر الاجمالي|الثمن الاجمالي|المبلغ الاجمالي|الاجمالي|prix de vente|price|prix|السعر|الثمن|سعر|ثمن|
taman|tamane|ltaman|prix dh|price mad|prix mad|prix en dh|montant dh|~|order subtotal|subtotal|sous total""",
    "discount": """
discount amount|cart discount amount|order discount|discount|remise|reduction|montant remise|montant de la remise|
discount total|total discount|rabais|الخصم|تخفيض|قيمة الخصم""",
    "delivery": """
shipping|shipping amount|order shipping amount|shipping total|frais de livraison|delivery fee|delivery fees|
shipping cost|shipping price|frais livraison|delivery price|prix de livraison|prix livraison|cout de livraison|
ثمن التوصيل|مصاريف التوصيل|سعر التوصيل|~|livraison|التوصيل""",
    "note": """
remarque|remarques|note|notes|commentaire|commentaires|comment|comments|observation|observations|ملاحظة|ملاحظات|
تعليق|order note|customer note|note client|mola7ada|molahada|~|description|customer reply text|message|instructions|
delivery note""",
    "platform": """
source|platform|plateforme|المصدر|مصدر|traffic source|canal|channel|المنصة|source de trafic|ads platform|
lead source""",
    "campaign": """
campaign|campagne|compaign|campaign name|utm campaign|الحملة|اسم الحملة|nom de la campagne|compagne|campain""",
    "ad_set": """
ad set|adset|ad set name|adset name|ensemble de publicites|ensemble publicites|adgroup|ad group|utm adset""",
    "utm_source": "utm source|utm_source|~|source utm|traffic source utm",
    "utm_medium": "utm medium|utm_medium|~|medium|support utm",
    "utm_content": "utm content|utm_content|utm ad|~|contenu utm|ad name|nom de la publicite",
    "utm_term": "utm term|utm_term|~|terme utm",
    "tracking": """
tracking number|numero de suivi|code suivi|code de suivi|tracking|suivi|n suivi|num suivi|tracking code|code d envoi|
code envoi|رقم التتبع|كود التتبع|رقم الشحنة|numero suivi|code colis|shipment number|bordereau""",
    "carrier": """
societe de livraison|transporteur|carrier|livreur|delivery company|shipping company|شركة التوصيل|شركة الشحن|
societe livraison|ste de livraison|company de livraison|courier|messagerie""",
    "status": """
statut|status|order status|statut de commande|statut commande|status de confirmation|statut de confirmation|
confirmation|etat|etat commande|الحالة|حالة الطلب|حالة|l7ala|confirmation status|~|statut de livraison|delivery status|
financial status|statut livraison""",
}

# A header with one of these words is not what its other words say ("City API" is the carrier's own city code).
_FOREIGN: Final = """
api synced email mail zip postal code postal devise currency tax tva vat discount remise method methode type poids
weight kg whatsapp url link lien image photo token status statut id fees frais shipping livraison count synchronise
landing page country pays province company company2 vendor tags risk receipt العملة الوزن البريد
"""
FOREIGN_WORDS: Final = frozenset(_FOREIGN.split())
