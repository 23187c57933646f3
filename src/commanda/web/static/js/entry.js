// Entering orders by keyboard: the product search adds lines, the total follows, what is typed is kept, Ctrl+Enter saves.
import { debounce, fresh, on } from "./dom.js";

const form = document.querySelector("[data-entry]");
const amounts = new Intl.NumberFormat("fr-FR", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const number = (value) => Number(String(value ?? "").replace(/\s/g, "").replace(",", ".")) || 0;
const money = (value) => `${amounts.format(value)} DH`;
const find = (selector) => form.querySelector(selector);
const lines = () => [...form.querySelectorAll("[data-entry-line]")].filter((row) => !row.hidden);
const part = (row, name) => row.querySelector(`[name$="-${name}"]`);

// ---- the lines and the total

function unitPrice(row) {
  const typed = part(row, "unit_price_amount")?.value ?? "";
  return typed === "" ? number(row.dataset.price) : number(typed);
}

function showTotal() {
  const output = find("[data-entry-total]");
  if (!output) return;
  let sum = 0;
  let isChanged = false;
  for (const row of lines()) {
    const total = unitPrice(row) * Math.max(1, number(part(row, "quantity").value));
    row.querySelector("[data-line-total]").textContent = money(total);
    isChanged ||= unitPrice(row) !== number(row.dataset.price);
    sum += total;
  }
  sum += number(form.elements.delivery_amount?.value) - number(form.elements.discount_amount?.value);
  output.textContent = money(sum);
  const remark = find("[data-price-remark]");
  if (remark && isChanged) remark.hidden = false;
}

function addLine({ value, text, price, quantity }) {
  const known = lines().find((row) => part(row, "variant").value === String(value));
  if (known) {
    part(known, "quantity").value = number(part(known, "quantity").value || 1) + quantity;
  } else {
    const total = find('[name="lines-TOTAL_FORMS"]');
    const holder = document.createElement("template");
    holder.innerHTML = find("template[data-line-template]").innerHTML.replaceAll("__prefix__", total.value);
    total.value = Number(total.value) + 1;
    const row = holder.content.firstElementChild;
    row.dataset.price = price;
    part(row, "variant").value = value;
    part(row, "quantity").value = quantity;
    part(row, "unit_price_amount").value = price;
    row.querySelector("[data-line-label]").textContent = text;
    find("[data-entry-lines]").append(row);
  }
  find("[data-product-status]").textContent = `${find("[data-product-search]").dataset.added} ${quantity} × ${text}`;
  changed();
}

function stepQuantity(change) {
  const row = lines().at(-1);
  if (!row) return;
  const field = part(row, "quantity");
  field.value = Math.min(999, Math.max(1, number(field.value || 1) + change));
  changed();
}

function changed() {
  showTotal();
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

// ---- the product search

let results = [];
let wanted = 1;
let chosen = 0;
let asked = "";
let waiting = null;

function close(search) {
  const list = find("#product-results");
  list.hidden = true;
  search.setAttribute("aria-expanded", "false");
  search.removeAttribute("aria-activedescendant");
}

function draw(search) {
  const list = find("#product-results");
  const rows = results.map((result, at) => {
    const row = document.createElement("li");
    row.id = `product-result-${at}`;
    row.className = "entry-result";
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", String(at === chosen));
    const name = document.createElement("bdi");
    name.textContent = wanted > 1 ? `${wanted} × ${result.text}` : result.text;
    const facts = document.createElement("small");
    facts.dir = "ltr";
    facts.textContent = result.available === null ? result.shown : `${result.shown} · ${result.available} ${search.dataset.stock}`;
    row.append(name, facts);
    row.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      chosen = at;
      take(search);
    });
    return row;
  });
  list.replaceChildren(...rows);
  list.hidden = !rows.length;
  search.setAttribute("aria-expanded", String(rows.length > 0));
  if (rows.length) search.setAttribute("aria-activedescendant", `product-result-${chosen}`);
  else find("[data-product-status]").textContent = search.dataset.none;
  rows[chosen]?.scrollIntoView({ block: "nearest" });
}

async function ask(search) {
  const query = search.value.trim();
  asked = query;
  if (!query) {
    results = [];
    close(search);
    return;
  }
  const address = new URL(search.dataset.url, location.href);
  address.searchParams.set("q", query);
  try {
    const answer = await (await fetch(address, { headers: { Accept: "application/json" } })).json();
    if (search.value.trim() !== query) return;
    results = answer.results;
    wanted = answer.quantity;
    chosen = 0;
    draw(search);
  } catch {
    results = [];
  }
}

function take(search) {
  const result = results[chosen];
  if (!result) return;
  addLine({ ...result, quantity: wanted });
  search.value = "";
  results = [];
  asked = "";
  close(search);
}

const askSoon = debounce((search) => {
  waiting = ask(search);
}, 120);

on("input", "[data-product-search]", (_event, search) => askSoon(search));
on("focusout", "[data-product-search]", (_event, search) => close(search));
on("keydown", "[data-product-search]", async (event, search) => {
  const isOpen = results.length > 0;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Enter") {
    event.preventDefault();
    // Typed faster than the answer came: wait for the answer to what stands there now.
    if (search.value.trim() && asked !== search.value.trim()) waiting = ask(search);
    await waiting;
    take(search);
  } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && isOpen) {
    event.preventDefault();
    chosen = (chosen + (event.key === "ArrowDown" ? 1 : results.length - 1)) % results.length;
    draw(search);
  } else if (event.key === "Escape" && isOpen) {
    event.preventDefault();
    close(search);
  } else if ((event.key === "+" || event.key === "-") && !search.value) {
    event.preventDefault();
    stepQuantity(event.key === "+" ? 1 : -1);
  }
});
on("click", "[data-add-variant]", (_event, button) => {
  const { addVariant: value, label: text, price, quantity } = button.dataset;
  addLine({ value, text, price, quantity: Number(quantity) || 1 });
  button.closest(".entry-offer").remove();
  find("[data-product-search]").focus();
});
on("click", "[data-add-picked]", (event, button) => {
  event.preventDefault();
  for (const box of button.closest("fieldset").querySelectorAll('input[name="pick"]:checked')) {
    const quantity = form.elements[`pick_qty-${box.value}`];
    addLine({ value: box.value, text: box.dataset.label, price: box.dataset.price, quantity: number(quantity.value) || 1 });
    box.checked = false;
    quantity.value = "";
  }
});
// A quantity typed beside a product chooses it.
on("input", '[name^="pick_qty-"]', (_event, field) => {
  field.closest(".entry-choice").querySelector('[name="pick"]').checked = field.value !== "";
});
on("click", "[data-line-remove]", (_event, button) => {
  const row = button.closest("[data-entry-line]");
  part(row, "DELETE").checked = true;
  row.hidden = true;
  find("[data-product-search]").focus();
  changed();
});

// ---- the client

function setField(name, value) {
  const field = form.elements[name];
  if (field.tomselect) field.tomselect.setValue(value);
  else field.value = value;
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

function fillFromClient(card) {
  const told = card.querySelector(".entry-client");
  for (const name of ["customer_name", "city", "address"]) {
    const value = told?.dataset[`fill${name[0].toUpperCase()}${name.slice(1)}`];
    if (value && form.elements[name] && !form.elements[name].value) setField(name, value);
  }
}

let lookedUp = "";
const lookUp = debounce((phone) => {
  const digits = phone.value.replace(/\D/g, "");
  if (digits.length < 9 || digits === lookedUp || !find("[data-client-card]")) return;
  lookedUp = digits;
  const url = `${form.dataset.clientUrl}?phone_e164=${encodeURIComponent(phone.value)}`;
  window.htmx.ajax("GET", url, { target: "#client-card", swap: "innerHTML" });
}, 250);

on("input", '[data-entry] [name="phone_e164"]', (_event, phone) => lookUp(phone));
document.body.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id === "client-card") fillFromClient(event.detail.target);
});
on("click", "[data-take]", (_event, button) => {
  setField(button.dataset.take, button.dataset.value);
  button.closest(".entry-offer").remove();
});

// ---- keys, keeping, saving

document.addEventListener("keydown", (event) => {
  if (!form || event.isComposing || event.key !== "Enter") return;
  if (event.ctrlKey || event.metaKey) {
    event.preventDefault();
    find("[data-entry-save]").click();
  } else if (event.target.closest("[data-entry]") && event.target.matches("input:not([type=checkbox], [type=file], [data-product-search])") && !event.target.closest(".ts-wrapper")) {
    // Enter goes on to the next field: half an order is never sent by accident.
    event.preventDefault();
    const fields = [...form.querySelectorAll("input, select, textarea, button[data-entry-save]")].filter(
      (field) => field.tabIndex >= 0 && !field.disabled && field.getClientRects().length,
    );
    fields[fields.indexOf(event.target) + 1]?.focus();
  }
});

let isSent = false;
const keep = debounce(() => {
  if (isSent || !form.dataset.saveUrl) return;
  const body = new FormData(form);
  body.delete("proof");
  const url = form.dataset.saveUrl.replace("00000000-0000-0000-0000-000000000000", dashed(form.elements.once.value));
  fetch(url, { method: "POST", body, headers: { "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content } }).catch(() => {});
}, 1200);

const dashed = (hex) => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

if (form) {
  form.addEventListener("input", () => {
    showTotal();
    keep();
  });
  form.addEventListener("change", () => {
    showTotal();
    keep();
  });
  form.addEventListener("submit", () => {
    isSent = true;
  });
  document.body.addEventListener("htmx:afterSettle", () => {
    for (const _part of fresh(document.body, "[data-entry-fields]", "entry-total")) showTotal();
  });
  showTotal();
}
