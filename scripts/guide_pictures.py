"""The pictures of the guide "Connect your sheet": a newcomer's way through it, in French, on a sheet of Google's fake.

Called by `scripts/screenshots.py`; whatever the guide says to click is clicked here, so a page that no longer fits
the guide ends the run.
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from commanda.kernel.clock import CASABLANCA  # noqa: E402
from tests.fakes.google import FakeGoogle, make_key_file  # noqa: E402

SHEET_ID: Final = "1SoukAtlasCommandesFacebookDeLaDemo"
TITLE: Final = "Souk Atlas – commandes Facebook"
EMAIL: Final = "lecture@souk-atlas-demo.iam.gserviceaccount.com"
SOURCE: Final = "Feuille Facebook"
HEADER: Final = ["Date", "Nom complet", "Téléphone", "Ville", "Adresse", "Produit", "Qté", "Prix", "Remarque"]
# Invented people; the last ones show what the inbox is for.
ROWS: Final = [
    ("Salma Bennis", "06 00 31 20 01", "Casablanca", "Hay Hassani, rue 14 n° 8", "Sérum Argan", "1", "199", ""),
    ("Youssef Alami", "+212 600 31 20 02", "Rabat", "Agdal, rue 31", "Montre Atlas / Noir", "1", "349 DH", ""),
    ("نادية الفاسي", "0600312003", "فاس", "حي الأطلس رقم 12", "Lampe Médina", "2", "398", "الاتصال مساء"),
    ("Hamza Tazi", "6.00.31.20.04", "Marrakech", "Gueliz, imm. 5 apt 3", "Sac Kasbah / Bordeaux", "1", "279,00", ""),
    ("Imane Lahlou", "0600-312-005", "tanger", "Malabata, résidence Nour", "Mixeur portable / Rose", "1", "229", ""),
    ("Omar Sefrioui", "00212600312006", "Agadir", "Hay Salam n° 40", "Montre Atlas Argent", "2 pcs", "698 MAD", ""),
    ("Khadija Amrani", "0600312007", "Meknes", "Hamria, rue 3", "Sérum Argan", "3", "499", "livraison vendredi"),
    ("Rachid Idrissi", "2.12600E+11", "Oujda", "Bd Mohammed V, n° 9", "Théière Fès", "1", "249", ""),
    ("Meryem Chafik", "0600312009", "Salé", "Tabriquet, rue 22", "Montre connectee X7", "1", "299", ""),
    ("Anas Berrada", "0600312010", "Kénitra", "Maamora C", "Sandale Zellige / 38 / Noir", "deux ou trois", "249", ""),
    ("Sara Mansouri", "0600312011", "Tétouan", "Wilaya, n° 17", "Ceinture dorsale / L", "1", "gratuit ?", ""),
]  # fmt: skip
MOST_BYTES: Final = 150_000
PLAIN: Final = 8_000


def prepare(google: FakeGoogle) -> None:
    """The sheet as it stands in Google."""
    present = datetime.now(tz=CASABLANCA)
    start = present - timedelta(hours=len(ROWS))
    rows = [[f"{start + timedelta(hours=at):%d/%m/%Y %H:%M}", *row] for at, row in enumerate(ROWS)]
    google.add(SHEET_ID, [HEADER, *rows], title=TITLE, tab="Commandes")
    google.spreadsheets[SHEET_ID].modified_at = present.astimezone(UTC)


def take_guide(page: Page, base: str, google: FakeGoogle, out: Path) -> None:
    """Walk the guide as a signed-in administrator, from the six ways to the write-back."""
    page.goto(f"{base}/intake/new/")
    page.set_viewport_size({"width": 1280, "height": 1100})  # all six
    _take(page, out, "connect-ways.fr")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.locator("a[href='/intake/new/account/']").click()
    page.locator("input[name=key_file]").set_input_files(
        files=[_key_file(google)]  # type: ignore[list-item]
    )
    page.fill("input[name=name]", SOURCE)
    _take(page, out, "connect-key.fr")
    _submit(page)
    page.locator(".shared-sheet", has_text=TITLE).wait_for()
    _take(page, out, "connect-sheet.fr")
    page.locator(".shared-sheet", has_text=TITLE).click()
    page.locator("#preview .mapping-card").wait_for()
    _take(page, out, "connect-columns.fr")
    source = page.url.removesuffix("mapping/")
    page.locator("#preview button.btn-primary").click()
    _read(page, source)
    _take(page, out, "connect-source.fr")
    page.locator("a.source-waiting").first.click()
    page.locator(".grid-table").wait_for()
    _take(page, out, "connect-inbox.fr")
    page.goto(f"{source}write-back/")
    page.locator("#plan .skeleton").wait_for(state="detached")
    _take(page, out, "connect-write-back.fr")


def _key_file(google: FakeGoogle) -> dict[str, object]:
    text = make_key_file(google, email=EMAIL)
    return {"name": "souk-atlas-demo-4f1c2a.json", "mimeType": "application/json", "buffer": text.encode()}


def _submit(page: Page) -> None:
    page.locator("main form button[type=submit]").first.click()


def _read(page: Page, source: str) -> None:
    """Wait until the worker has read the sheet, then go to the source's page."""
    page.wait_for_url(lambda url: "/mapping/" not in url)
    page.goto(source)
    page.locator("#source-live a.source-waiting").wait_for(timeout=90_000)


def _take(page: Page, out: Path, name: str) -> None:
    """The top of the page, with few colours, so that the file stays small."""
    page.wait_for_function("document.documentElement.dataset.ready")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)
    page.mouse.move(0, 0)
    path = out / f"{name}.png"
    page.screenshot(path=str(path))
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    if not PLAIN < size < MOST_BYTES:
        sys.exit(f"{path}: {size} bytes; a picture of the guide has between {PLAIN} and {MOST_BYTES}.")
    print(path)
