"""Names put together by chance from common ones, in Latin and Arabic letters."""

FIRST = [
    ("Amina", "أمينة"), ("Hassan", "حسن"), ("Fatima", "فاطمة"), ("Rachid", "رشيد"), ("Khadija", "خديجة"),
    ("Said", "سعيد"), ("Imane", "إيمان"), ("Mohamed", "محمد"), ("Zineb", "زينب"), ("Abdellah", "عبد الله"),
    ("Meryem", "مريم"), ("Hamza", "حمزة"), ("Loubna", "لبنى"), ("Karim", "كريم"), ("Samira", "سميرة"),
    ("Driss", "إدريس"), ("Houda", "هدى"), ("Brahim", "إبراهيم"), ("Asmae", "أسماء"), ("Mustapha", "مصطفى"),
    ("Wafae", "وفاء"), ("Jamal", "جمال"), ("Sanae", "سناء"), ("Nabil", "نبيل"), ("Ghita", "غيثة"),
]  # fmt: skip
LAST = [
    ("Alaoui", "العلوي"), ("Bennani", "بناني"), ("Chraibi", "الشرايبي"), ("Daoudi", "الداودي"),
    ("El Amrani", "العمراني"),
    ("Fassi", "الفاسي"), ("Ghazi", "غازي"), ("Hajji", "حجي"), ("Idrissi", "الإدريسي"), ("Jabri", "الجابري"),
    ("Kabbaj", "القباج"), ("Lamrani", "لمراني"), ("Mansouri", "المنصوري"), ("Naciri", "الناصري"),
    ("Ouali", "الوالي"),
    ("Rami", "رامي"), ("Saidi", "السعيدي"), ("Tahiri", "الطاهري"), ("Yacoubi", "اليعقوبي"), ("Zahidi", "الزاهيدي"),
]  # fmt: skip

# City as clients write it, weight.
CITIES = [
    ("Casablanca", 24), ("casa", 6), ("Rabat", 8), ("Salé", 4), ("Marrakech", 8), ("Mrakech", 2), ("Fès", 6),
    ("fes", 2), ("Tanger", 6), ("طنجة", 2), ("Agadir", 5), ("Meknès", 4), ("Oujda", 3), ("Kénitra", 3),
    ("Tétouan", 3), ("El Jadida", 2), ("Khouribga", 1), ("Khribga", 1), ("Safi", 2), ("Béni Mellal", 2),
    ("Nador", 2), ("Mohammedia", 2), ("Settat", 1), ("Larache", 1), ("الدار البيضاء", 3), ("Temara", 2),
]  # fmt: skip
STREETS = [
    "Hay Salam rue 12 n° 4", "Lotissement Al Amal n° 87", "Quartier Industriel imm. 3 appt 9", "Douar Oulad Zitoune",
    "Avenue des FAR, résidence Yasmine", "حي النهضة زنقة 7 رقم 22", "Bd Mohammed V, n° 210", "Cité Al Wahda bloc C",
    "قرب المسجد الكبير", "Hay Mohammadi, derb 14", "Résidence Les Orangers, étage 2", "Route principale, km 3",
]  # fmt: skip
