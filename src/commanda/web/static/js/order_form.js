// The order form: the total follows the typing, and a known phone fills in its client.
const form = document.querySelector("[data-order-form]");
const output = form?.querySelector("[data-order-total]");
const amounts = new Intl.NumberFormat("fr-FR", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

const number = (value) => Number(String(value ?? "").replace(/\s/g, "").replace(",", ".")) || 0;
const field = (name) => form.elements[name];

function lineTotal(row) {
  if (row.hidden || row.querySelector('[name$="-DELETE"]')?.checked) return 0;
  const select = row.querySelector('select[name$="-variant"]');
  const option = select?.selectedOptions[0];
  if (!option?.value) return 0;
  const price = row.querySelector('[name$="-unit_price_amount"]');
  const unit = price.value === "" ? number(option.dataset.price) : number(price.value);
  return unit * Math.max(1, number(row.querySelector('[name$="-quantity"]').value));
}

function showTotal() {
  const lines = [...form.querySelectorAll("[data-form-row]")].reduce((sum, row) => sum + lineTotal(row), 0);
  const total = lines + number(field("delivery_amount")?.value) - number(field("discount_amount")?.value);
  output.textContent = `${amounts.format(total)} DH`;
}

function takePrice(select) {
  const price = select.closest("[data-form-row]").querySelector('[name$="-unit_price_amount"]');
  price.value = select.selectedOptions[0]?.dataset.price ?? "";
}

async function findClient() {
  const answer = await fetch(`${form.dataset.clientUrl}?phone=${encodeURIComponent(field("phone_e164").value)}`);
  if (!answer.ok) return;
  const client = await answer.json();
  const note = form.querySelector("[data-client-found]");
  note.hidden = !client.customer_name;
  if (!client.customer_name) return;
  note.textContent = client.is_blocked ? `⚠ ${client.customer_name} – ${client.blocked_reason}` : `✓ ${client.customer_name}`;
  for (const name of ["customer_name", "address"]) if (!field(name).value) field(name).value = client[name];
  const city = field("city");
  if (!city.value && client.city) {
    if (city.tomselect) city.tomselect.setValue(String(client.city));
    else city.value = String(client.city);
  }
}

if (form) {
  form.addEventListener("input", showTotal);
  form.addEventListener("change", (event) => {
    if (event.target.matches('select[name$="-variant"]')) takePrice(event.target);
    if (event.target.name === "phone_e164") findClient();
    showTotal();
  });
  showTotal();
}
