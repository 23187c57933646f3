// Forms: never sent twice, unsaved work is not lost by accident, rows are added to form sets.
// `form[data-guard]` warns before leaving with changes. `form[data-repeat]` may be sent again at once.
import { fresh, on, text } from "./dom.js";

const dirty = new Set();

function lock(form, isLocked) {
  form.toggleAttribute("data-sent", isLocked);
  form.setAttribute("aria-busy", String(isLocked));
  const own = [...form.elements].filter((field) => field.matches("button:not([type=button]), input[type=submit]"));
  for (const button of own) {
    if (isLocked) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
    button.classList.toggle("btn-loading", isLocked && button === form.commandaSubmitter);
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented && !form.matches("[hx-post], [hx-put], [hx-patch], [hx-delete]")) return;
  if (form.method === "dialog" || form.method === "get" || form.hasAttribute("data-repeat")) return;
  if (form.hasAttribute("data-sent")) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  form.commandaSubmitter = event.submitter;
  dirty.delete(form);
  lock(form, true);
}, { capture: false });

// Refuse a second send before htmx sees it.
document.addEventListener("submit", (event) => {
  if (event.target.hasAttribute("data-sent")) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}, { capture: true });

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.elt.closest?.("form[data-sent]");
  if (form) lock(form, false);
});

// Back from the next page (out of the browser's memory): the form can be sent again.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form[data-sent]").forEach((form) => lock(form, false));
});

on("input", "form[data-guard]", (_event, form) => dirty.add(form));
on("reset", "form[data-guard]", (_event, form) => dirty.delete(form));
window.addEventListener("beforeunload", (event) => {
  for (const form of dirty) if (!form.isConnected) dirty.delete(form);
  if (!dirty.size) return;
  event.preventDefault();
  event.returnValue = text("leave");
});

// Django form sets: `data-rows="prefix"` holds the rows, `template[data-row-template]` an empty one with __prefix__.
on("click", "[data-add-row]", (_event, button) => {
  const rows = document.querySelector(`[data-rows="${button.dataset.addRow}"]`);
  const total = document.querySelector(`[name="${button.dataset.addRow}-TOTAL_FORMS"]`);
  const template = rows.parentElement.querySelector("template[data-row-template]");
  const holder = document.createElement("template");
  holder.innerHTML = template.innerHTML.replaceAll("__prefix__", total.value);
  total.value = Number(total.value) + 1;
  rows.append(holder.content);
  const added = rows.lastElementChild;
  document.body.dispatchEvent(new CustomEvent("htmx:afterSettle", { detail: { elt: added } }));
  added.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  added.dispatchEvent(new Event("change", { bubbles: true }));
});
on("click", "[data-remove-row]", (_event, button) => {
  const row = button.closest("[data-form-row]");
  const mark = row.querySelector('input[name$="-DELETE"]');
  if (mark) {
    mark.checked = true;
    mark.value = "on";
    row.hidden = true;
  } else row.remove();
  row.dispatchEvent(new Event("change", { bubbles: true }));
});

export function init(root) {
  for (const field of fresh(root, ".is-invalid", "first-error")) {
    if (field === root.querySelector(".is-invalid")) field.focus({ preventScroll: false });
  }
}

on("click", "[data-show-password]", (_event, button) => {
  const field = button.parentElement.querySelector("input");
  const isShown = field.type === "password";
  field.type = isShown ? "text" : "password";
  button.setAttribute("aria-pressed", String(isShown));
});
on("click", "[data-reload]", (event) => {
  event.preventDefault();
  location.reload();
});
on("click", "[data-back]", (event) => {
  event.preventDefault();
  history.back();
});
