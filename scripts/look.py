"""Look at pages as a browser shows them: screenshots, and what is wrong with each.

    python scripts/look.py /orders /stock --user admin@demo.test --password P \
        --base http://127.0.0.1:8123 --out var/look [--lang fr,ar,en] [--width 1440,390] [--dark] [--axe]

Signs in once per language (not at all without --user), opens every path at every width and prints console
errors, violations of the content security policy, failed requests, horizontal overflow and, with --axe, the
serious and critical findings of axe-core. Writes one full-page PNG per combination. Ends with 1 on any finding.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = "/usr/bin/chromium"
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WATCH_CSP = """
document.addEventListener('securitypolicyviolation', event => console.error(
    `CSP ${event.effectiveDirective} blocked ${event.blockedURI} at ` +
    `${event.sourceFile}:${event.lineNumber} ${event.sample}`
));
"""
OVERFLOW = """() => {
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) return null;
    const wide = [...document.querySelectorAll('body *')].filter(el => {
        const box = el.getBoundingClientRect();
        return box.width && (box.right > root.clientWidth + 1 || box.left < -1)
            && !el.closest('.overflow-auto, .table-responsive, .visually-hidden, .offcanvas');
    }).slice(0, 4).map(el => el.tagName.toLowerCase() + '.' + [...el.classList].join('.'));
    return `${root.scrollWidth} > ${root.clientWidth}: ${wide.join(', ')}`;
}"""
AXE_RUN = """async () => {
    const result = await axe.run(document, {resultTypes: ['violations']});
    return result.violations.filter(v => ['serious', 'critical'].includes(v.impact)).map(v =>
        `${v.impact} ${v.id}: ${v.nodes.length} × ${v.nodes[0].target.join(' ')} — ` +
        v.nodes[0].failureSummary.replaceAll('\\n', ' ').slice(0, 220));
}"""


@dataclass
class Findings:
    """What the browser complained about since the last `take`."""

    rows: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on(
            "console",
            lambda m: self.rows.append(f"console: {m.text}") if m.type == "error" else None,
        )
        page.on("pageerror", lambda error: self.rows.append(f"script error: {error}"))
        page.on(
            "requestfailed",
            lambda r: self.rows.append(f"request failed: {r.url} {r.failure}"),
        )
        page.on(
            "response",
            lambda r: self.rows.append(f"{r.status}: {r.request.method} {r.url}") if r.status >= 400 else None,
        )

    def take(self) -> list[str]:
        # An aborted request is a page left while it was loading, not a fault.
        rows = [row for row in dict.fromkeys(self.rows) if "ERR_ABORTED" not in row]
        self.rows.clear()
        return rows


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", metavar="URL-PATH")
    parser.add_argument("--base", default="http://127.0.0.1:8000")
    parser.add_argument("--user", default="", help="e-mail to sign in with")
    parser.add_argument("--password", default="")
    parser.add_argument("--out", type=Path, default=Path("var/look"))
    parser.add_argument("--lang", default="fr", help="fr,ar,en")
    parser.add_argument("--width", default="1440,390")
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--axe", action="store_true")
    parser.add_argument("--viewport-only", action="store_true", help="what is seen without scrolling")
    return parser.parse_args()


@contextmanager
def browser_context(browser: Browser, options: argparse.Namespace, lang: str) -> Iterator[BrowserContext]:
    scheme = "dark" if options.dark else "light"
    context = browser.new_context(locale=lang, color_scheme=scheme, reduced_motion="reduce")
    context.add_init_script(f"{WATCH_CSP}; try {{ localStorage.setItem('commanda-theme', '{scheme}') }} catch (e) {{}}")
    context.add_cookies([{"name": "django_language", "value": lang, "url": options.base}])
    try:
        yield context
    finally:
        context.close()


def sign_in(page: Page, options: argparse.Namespace) -> None:
    page.goto(f"{options.base}/accounts/login/")
    page.fill("input[name=login]", options.user)
    page.fill("input[name=password]", options.password)
    page.click("form.login-form button[type=submit], form[action*=login] button[type=submit]")
    page.wait_for_load_state("load")
    if "/accounts/login" in page.url:
        sys.exit(f"Sign-in of {options.user} failed: {page.locator('main').inner_text()[:300]}")


def look(
    page: Page,
    options: argparse.Namespace,
    path: str,
    lang: str,
    width: int,
    findings: Findings,
) -> list[str]:
    page.set_viewport_size({"width": width, "height": 900 if width > 600 else 844})
    page.goto(options.base + path, wait_until="load")
    page.wait_for_timeout(600)
    found = findings.take()
    if overflow := page.evaluate(OVERFLOW):
        found.append(f"overflow: {overflow}")
    if options.axe:
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found += [f"axe {row}" for row in page.evaluate(AXE_RUN)]
    slug = re.sub(r"[^a-zA-Z0-9]+", "-", path).strip("-") or "home"
    target = options.out / f"{slug}.{lang}.{width}{'.dark' if options.dark else ''}.png"
    page.screenshot(path=target, full_page=not options.viewport_only)
    print(f"{'✗' if found else '✓'} {path} {lang} {width} {target}", flush=True)
    for row in found:
        print(f"    {row}", flush=True)
    return found


def main() -> int:
    options = parse_arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    total = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        for lang in options.lang.split(","):
            with browser_context(browser, options, lang) as context:
                page = context.new_page()
                findings = Findings()
                findings.watch(page)
                if options.user:
                    sign_in(page, options)
                for path in options.paths:
                    for width in map(int, options.width.split(",")):
                        total += len(look(page, options, path, lang, width, findings))
        browser.close()
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
