// Keys. `?` help, `/` search, `g` + letter goes (links with `data-go`), `j`/`k` move over `[data-row]`,
// Enter opens the row's `[data-row-link]`, `x` chooses it, `v` looks at it (`[data-row-peek]`), and `data-key="1"` presses an element of the page.
import { isTyping, make } from "./dom.js";

let waitingForPlace = 0;

const visible = (element) => element.getClientRects().length > 0;
const rows = () => [...document.querySelectorAll("[data-row]")].filter(visible);

function moveRow(step) {
  const found = rows();
  if (!found.length) return;
  const here = found.findIndex((row) => row.classList.contains("is-current"));
  const next = found[Math.min(found.length - 1, Math.max(0, here < 0 ? 0 : here + step))];
  for (const row of found) row.classList.toggle("is-current", row === next);
  next.scrollIntoView({ block: "nearest" });
}

function onCurrentRow(run) {
  const row = document.querySelector("[data-row].is-current");
  if (row) run(row);
  return Boolean(row);
}

function openRow(row) {
  (row.querySelector("[data-row-link]") || row.querySelector("a[href]"))?.click();
}

function goTo(letter) {
  const link = document.querySelector(`[data-go="${CSS.escape(letter)}"]`);
  if (link) link.click();
  return Boolean(link);
}

function press(key) {
  const element = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find(visible);
  if (!element) return false;
  if (element.matches("input:not([type=checkbox]):not([type=radio]), select, textarea")) element.focus();
  else element.click();
  return true;
}

function showHelp() {
  const dialog = document.getElementById("keys-dialog");
  const list = dialog?.querySelector("[data-page-keys]");
  if (!list) return false;
  const found = [...document.querySelectorAll("[data-key]")].filter(visible);
  list.replaceChildren(
    ...found.map((element) =>
      make("div", {}, make("dt", {}, make("kbd", {}, element.dataset.key)), make("dd", {}, element.dataset.keyLabel || element.textContent.trim())),
    ),
  );
  dialog.showModal();
  return true;
}

const KEYS = {
  "?": showHelp,
  "/": () => {
    const field = document.querySelector("input[data-search]");
    field?.focus();
    field?.select();
    return Boolean(field);
  },
  g: () => {
    waitingForPlace = Date.now();
    return true;
  },
  j: () => (moveRow(1), rows().length > 0),
  k: () => (moveRow(-1), rows().length > 0),
  x: () => onCurrentRow((row) => row.querySelector("input[type=checkbox]")?.click()),
  v: () => onCurrentRow((row) => row.querySelector("[data-row-peek]")?.click()),
  Enter: (event) => !event.target.closest("a, button, summary, input") && onCurrentRow(openRow),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape" && event.target.matches("input[data-search]")) event.target.blur();
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  const afterG = Date.now() - waitingForPlace < 1200;
  waitingForPlace = 0;
  const handled = afterG ? goTo(event.key) : press(event.key) || Boolean(Object.hasOwn(KEYS, event.key) && KEYS[event.key](event));
  if (handled) event.preventDefault();
});
