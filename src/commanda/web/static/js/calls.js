// The calls page: quantities and total follow the typing, an outcome that asks opens its answers.
// Keys and sending are the work of shortcuts.js and forms.js; without this file the page still does everything.
import { isTyping, on } from "./dom.js";

// French grouping, as `mad` writes it on the server: 1 234,50.
const amounts = new Intl.NumberFormat("fr-FR", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const centimes = (value) => Math.round(Number(value || 0) * 100);

function showTotal() {
  const list = document.querySelector("[data-lines]");
  const total = document.querySelector("[data-total]");
  if (!list || !total) return;
  let sum = centimes(list.dataset.delivery) - centimes(list.dataset.discount);
  for (const line of list.querySelectorAll("[data-price]")) {
    const quantity = Math.max(0, Math.trunc(Number(line.querySelector("input").value) || 0));
    line.classList.toggle("is-gone", quantity === 0);
    sum += quantity * centimes(line.dataset.price);
  }
  total.textContent = `${amounts.format(sum / 100)} DH`;
}

on("click", "[data-step]", (_event, button) => {
  const field = button.parentElement.querySelector("input");
  if (Number(button.dataset.step) > 0) field.stepUp();
  else field.stepDown();
  showTotal();
});
on("input", "[data-lines] input", showTotal);

// A chosen product is in the order at once; its quantity is set beside it.
on("change", "select[name=add_variant]", (_event, select) => {
  if (select.value) select.form.requestSubmit(select.form.querySelector("[data-add]"));
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
