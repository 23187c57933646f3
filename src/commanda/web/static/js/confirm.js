// `data-confirm="Question?"` on a form, button or link, and htmx's `hx-confirm`, ask in a dialog of the page.
// `data-confirm-label` names the button, `data-confirm-danger` paints it red.
import { on, text } from "./dom.js";

const dialog = document.getElementById("confirm-dialog");
const agreed = new WeakSet();

/** Resolves to whether the person agreed. */
export function ask(question, { label = "", danger = false } = {}) {
  const button = dialog.querySelector("[data-confirm-ok]");
  button.dataset.usual ??= button.textContent;
  button.textContent = label || button.dataset.usual;
  button.classList.toggle("btn-danger", danger);
  button.classList.toggle("btn-primary", !danger);
  dialog.querySelector("#confirm-text").textContent = question || text("confirm");
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "ok"), { once: true });
  });
}

function askFor(element) {
  const { confirm, confirmLabel, confirmDanger } = element.dataset;
  return ask(confirm, { label: confirmLabel, danger: confirmDanger !== undefined });
}

async function hold(event, element, goOn) {
  if (agreed.has(element)) {
    agreed.delete(element);
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  if (await askFor(element)) {
    agreed.add(element);
    goOn();
  }
}

if (dialog) {
  on("click", "a[data-confirm], button[data-confirm]", (event, element) => hold(event, element, () => element.click()), { capture: true });
  on("submit", "form[data-confirm]", (event, form) => hold(event, form, () => form.requestSubmit(event.submitter)), { capture: true });
  document.addEventListener("htmx:confirm", (event) => {
    const { question, elt, issueRequest } = event.detail;
    if (!question) return;
    event.preventDefault();
    ask(question, { label: elt.dataset.confirmLabel, danger: elt.dataset.confirmDanger !== undefined }).then((yes) => yes && issueRequest(true));
  });
}
