"""The pictures of the README and of the guides: a demo shop of its own is started, looked at and ended.

python scripts/screenshots.py [--out docs/img] [--port 8791] [--only connect]

Google is played by the project's own fake, on the port after the shop's. `--base` looks at a shop that runs already
(with COMMANDA_GOOGLE_API_BASE at that port, on loopback) instead of starting one.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from demo.accounts import SIGN_INS  # noqa: E402
from scripts.guide_pictures import prepare, take_guide  # noqa: E402
from scripts.look import CHROMIUM, CHROMIUM_ARGS  # noqa: E402
from tests.fakes.google import FakeGoogle, running  # noqa: E402

START_SECONDS = 600
# How the names of the guide's pictures begin.
GUIDE = "connect"
# file name, role, path, language, width
PICTURES = [
    ("home-admin.fr", "admin", "/", "fr", 1440),
    ("intake.fr", "admin", "/intake/inbox/", "fr", 1440),
    ("finance.fr", "admin", "/finance/", "fr", 1440),
    ("home-supervisor.fr", "supervisor", "/", "fr", 1440),
    ("orders.fr", "supervisor", "/orders/", "fr", 1440),
    ("order.fr", "supervisor", "/orders/CM-000120/", "fr", 1440),
    ("stock.fr", "supervisor", "/stock/", "fr", 1440),
    ("calls.fr", "agent", "/calls/", "fr", 1440),
    ("home-agent.fr", "agent", "/", "fr", 1440),
    ("calls.ar.390", "agent", "/calls/", "ar", 390),
    ("home-buyer.fr", "buyer", "/", "fr", 1440),
]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "img")
    parser.add_argument("--port", type=int, default=8791)
    parser.add_argument("--only", default="", help="only pictures whose names begin so")
    parser.add_argument("--base", default="", help="a shop that runs already")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    base = options.base or f"http://127.0.0.1:{options.port}"
    with running(port=options.port + 1) as google, ExitStack() as ending:
        prepare(google)
        if not options.base:
            shop = ending.enter_context(_shop(options.port, google.base))
            _wait(base, shop)
        playwright = ending.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        for role, email, password in SIGN_INS:
            _take_all(browser, base, role, (email, password), options.out, options.only)
        if GUIDE.startswith(options.only):
            _take_guide(browser, base, google, options.out)
        browser.close()
    return 0


@contextmanager
def _shop(port: int, google_base: str) -> Iterator[subprocess.Popen[bytes]]:
    with tempfile.TemporaryDirectory(prefix="commanda-pictures-") as folder:
        own = {"COMMANDA_DATA_DIR": folder, "DATABASE_URL": "", "COMMANDA_GOOGLE_API_BASE": google_base}
        command = [str(Path(sys.executable).parent / "commanda"), "up", "--demo", "--port", str(port)]
        shop = subprocess.Popen(command, env={**os.environ, **own}, cwd=ROOT)
        try:
            yield shop
        finally:
            shop.send_signal(signal.SIGINT)
            shop.wait(timeout=60)


def _wait(base: str, shop: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and shop.poll() is None:
        try:
            urllib.request.urlopen(f"{base}/healthz", timeout=2)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(1)
        else:
            return
    sys.exit("The demo shop did not start.")


def _take_all(browser: Browser, base: str, role: str, sign_in: tuple[str, str], out: Path, only: str) -> None:
    for name, who, path, language, width in PICTURES:
        if who != role or not name.startswith(only):
            continue
        context = _context(browser, base, language, width)
        page = context.new_page()
        _sign_in(page, base, *sign_in)
        page.goto(base + path)
        page.wait_for_function("document.documentElement.dataset.ready")
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(700)  # charts draw themselves
        page.screenshot(path=str(out / f"{name}.png"))
        print(out / f"{name}.png")
        context.close()


def _take_guide(browser: Browser, base: str, google: FakeGoogle, out: Path) -> None:
    context = _context(browser, base, "fr", 1280)
    page = context.new_page()
    email, password = next((email, password) for role, email, password in SIGN_INS if role == "admin")
    _sign_in(page, base, email, password)
    take_guide(page, base, google, out)
    context.close()


def _context(browser: Browser, base: str, language: str, width: int) -> BrowserContext:
    size = {"width": width, "height": 900 if width > 600 else 844}
    context = browser.new_context(
        viewport=size,  # type: ignore[arg-type]
        locale=language,
        reduced_motion="reduce",
        color_scheme="light",
    )
    context.add_cookies([{"name": "django_language", "value": language, "url": base}])
    return context


def _sign_in(page: Page, base: str, email: str, password: str) -> None:
    page.goto(f"{base}/accounts/login/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", password)
    page.locator("form.login-form button[type=submit]").first.click()
    page.wait_for_url(lambda url: "/login" not in url)


if __name__ == "__main__":
    sys.exit(main())
