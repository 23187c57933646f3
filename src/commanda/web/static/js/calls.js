// The calls page: quantities, total and shortages follow the typing, an outcome that asks opens its answers, the last
// outcome can be undone for some seconds, and what a lost connection held back is sent again.
// Keys and sending are the work of shortcuts.js and forms.js; without this file the page still does everything.
import { isTyping, on } from "./dom.js";

// French grouping, as `mad` writes it on the server: 1 234,50.
const amounts = new Intl.NumberFormat("fr-FR", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const centimes = (value) => Math.round(Number(value || 0) * 100);
const RETRY_SECONDS = 3;
const GATEWAY = new Set([502, 503, 504]);

function showTotal() {
  const list = document.querySelector("[data-lines]");
  const total = document.querySelector("[data-total]");
  if (!list || !total) return;
  let sum = centimes(list.dataset.delivery) - centimes(list.dataset.discount);
  const wanted = new Map();
  for (const line of list.querySelectorAll("[data-price]")) {
    const quantity = Math.max(0, Math.trunc(Number(line.querySelector("input").value) || 0));
    line.classList.toggle("is-gone", quantity === 0);
    sum += quantity * centimes(line.dataset.price);
    const { available } = line.querySelector("[data-available]").dataset;
    if (available === "" || line.hasAttribute("data-may-wait")) continue;
    const row = wanted.get(line.dataset.name) || { quantity: 0, available: Number(available) };
    row.quantity += quantity;
    wanted.set(line.dataset.name, row);
  }
  total.textContent = `${amounts.format(sum / 100)} DH`;
  warn([...wanted].filter(([, row]) => row.quantity > row.available));
}

function warn(short) {
  const place = document.querySelector("[data-shortage]");
  const words = short.map(([name, row]) => `${name} (${Math.max(0, row.available)} / ${row.quantity})`).join(", ");
  const said = short.length ? `${place.dataset.text} ${words}` : "";
  if (place.textContent !== said) place.textContent = said;
  place.hidden = !short.length;
}

on("click", "[data-step]", (_event, button) => {
  const field = button.parentElement.querySelector("input");
  if (Number(button.dataset.step) > 0) field.stepUp();
  else field.stepDown();
  showTotal();
});
on("input", "[data-lines] input", showTotal);
document.addEventListener("htmx:afterSettle", showTotal);
document.addEventListener("htmx:oobAfterSwap", showTotal);
showTotal();

// A chosen product is in the order at once; its quantity is set beside it.
on("change", "select[name=add_variant]", (_event, select) => {
  if (select.value) select.form.requestSubmit(select.form.querySelector("[data-add]"));
});

on("click", "[data-fill]", (_event, button) => {
  const field = document.getElementById(button.dataset.fill);
  field.value = button.dataset.value;
  field.focus();
});

// What was said in writing is logged as written.
on("click", "[data-whatsapp]", () => {
  const choice = document.querySelector('.work-medium input[value="whatsapp"]');
  if (choice) choice.checked = true;
});

// An outcome that asks: the first answer has the focus, another place or Escape closes it.
document.addEventListener("toggle", (event) => {
  if (event.target.matches?.(".work-ask[open]")) event.target.querySelector(".work-answers .btn, .work-answers input")?.focus();
}, { capture: true });
document.addEventListener("click", (event) => {
  for (const ask of document.querySelectorAll(".work-ask[open]")) if (!ask.contains(event.target)) ask.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const ask = document.querySelector(".work-ask[open]");
  if (ask) {
    ask.open = false;
    ask.querySelector("summary").focus();
  } else if (isTyping(event.target) && event.target.closest(".work")) event.target.blur(); // the keys 1 to 9 work again
});

// The last outcome can be taken back while its seconds run.
setInterval(() => {
  const form = document.querySelector("[data-undo-seconds]");
  if (!form || form.hasAttribute("data-sent")) return;
  form.commandaUntil ??= Date.now() + Number(form.dataset.undoSeconds) * 1000;
  const left = Math.ceil((form.commandaUntil - Date.now()) / 1000);
  if (left <= 0) form.remove();
  else form.querySelector("[data-undo-left]").textContent = left;
}, 250);

// A lost connection: the same form with the same one-time token goes again until somebody answers. The server knows
// the token, so an outcome whose answer alone was lost is not done twice. Meanwhile nothing of it can be changed.
let waiting = null;

function sendAgain() {
  if (!waiting) return;
  const { form, submitter, timer } = waiting;
  clearTimeout(timer);
  hold(form, false);
  waiting = null;
  if (form.isConnected) form.requestSubmit(submitter);
}

function hold(form, isHeld) {
  form.inert = isHeld;
  const notice = form.parentElement?.querySelector("[data-lost]");
  if (notice) notice.hidden = !isHeld;
}

function keep(event) {
  const form = event.detail.elt;
  if (!form.matches?.(".work-form")) return;
  const { xhr } = event.detail;
  if (event.type === "htmx:responseError" && !GATEWAY.has(xhr.status)) return;
  event.stopImmediatePropagation();
  hold(form, true);
  waiting = { form, submitter: form.commandaSubmitter, timer: setTimeout(sendAgain, RETRY_SECONDS * 1000) };
}

for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) document.addEventListener(name, keep, { capture: true });
on("click", "[data-send-again]", sendAgain);
addEventListener("online", sendAgain);
addEventListener("beforeunload", (event) => {
  if (waiting) event.preventDefault();
});
