// Short messages: those of the page, and `toast` events in an htmx answer (`web/htmx.py`).
import { fresh, make, on, text } from "./dom.js";

const STAY = { success: 4, info: 6, warning: 10, danger: 0 };

function leaveAfter(card, seconds) {
  if (!seconds) return;
  let timer = setTimeout(() => card.remove(), seconds * 1000);
  card.addEventListener("mouseenter", () => clearTimeout(timer));
  card.addEventListener("mouseleave", () => {
    timer = setTimeout(() => card.remove(), seconds * 1000);
  });
}

/** Show a message. `level`: success, info, warning, danger (stays). `undo_url` posts there; `link` opens a page. */
export function toast({ text: words, level = "info", undo_url: undo = "", link = "", seconds }) {
  const shelf = document.getElementById("toasts");
  const template = document.getElementById("toast-template");
  if (!shelf || !template) return;
  const card = template.content.firstElementChild.cloneNode(true);
  card.className = `toast-card toast-${level}`;
  const body = card.querySelector("[data-toast-text]");
  body.replaceChildren(link ? make("a", { href: link }, words) : words);
  if (undo) {
    const button = make("button", { type: "button", class: "toast-undo" }, text("undo"));
    button.addEventListener("click", () => {
      card.remove();
      window.htmx.ajax("POST", undo, { swap: "none" });
    });
    body.append(" ", button);
  }
  shelf.append(card);
  while (shelf.children.length > 4) shelf.firstElementChild.remove();
  leaveAfter(card, seconds ?? (undo ? 8 : (STAY[level] ?? 6)));
}

on("click", "[data-toast-close]", (_event, button) => button.closest("[data-toast]").remove());
document.addEventListener("toast", (event) => {
  for (const row of event.detail.rows) toast(row);
});

export function init(root) {
  for (const card of fresh(root, "#toasts [data-toast]")) {
    const level = [...card.classList].find((name) => name.startsWith("toast-") && name !== "toast-card")?.slice(6);
    leaveAfter(card, STAY[level] ?? 6);
  }
}
