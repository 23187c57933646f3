// The board: whole columns to choose, and rows to drag onto an agent (`[data-drop]`), which fills and sends the form
// that works without a mouse, too. The part with the columns looks again now and then: call-backs fall due by themselves.
import { make, on, text } from "./dom.js";

const NEAR = 6; // so many pixels are still a click
const LOOK_SECONDS = 30;

const form = () => document.getElementById("board-form");
const boxesOf = (area) => [...area.querySelectorAll("input[data-bulk-row]:not(:disabled)")];

/** How many orders the form would give: ticked rows, and all of the columns that are ticked as a whole. */
function chosen() {
  const ids = new Set();
  let others = 0;
  for (const column of form().querySelectorAll("[data-column]")) {
    for (const box of boxesOf(column)) if (box.checked) ids.add(box.value);
    const rows = column.querySelectorAll("input[data-bulk-row]").length;
    if (column.querySelector("[data-column-all]")?.checked) others += Number(column.dataset.total) - rows;
  }
  return ids.size + others;
}

on("change", "[data-column-all]", (_event, all) => {
  const column = all.closest("[data-column]");
  const rows = boxesOf(column);
  for (const box of rows) box.checked = all.checked;
  rows[0]?.dispatchEvent(new Event("change", { bubbles: true }));
});

on("change", "#board-form input[data-bulk-row]", (_event, box) => {
  const column = box.closest("[data-column]");
  const all = column.querySelector("[data-column-all]");
  all.checked = all.checked && boxesOf(column).every((row) => row.checked);
  form().querySelector("[data-bulk-count]").textContent = text("selected", chosen());
});

/** Where a drag that goes on now may end. */
const placeAt = (x, y) => document.elementFromPoint(x, y)?.closest("[data-drop]");

let drag = null;

addEventListener("pointerdown", (event) => {
  const handle = event.target.closest?.("[data-drag-handle]");
  const row = handle?.closest("[data-drag]");
  if (!row || event.button !== 0 || row.querySelector("input[data-bulk-row]").disabled) return;
  event.preventDefault();
  drag = { row, x: event.clientX, y: event.clientY, ghost: null, place: null };
});

addEventListener("pointermove", (event) => {
  if (!drag) return;
  if (!drag.ghost) {
    if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < NEAR) return;
    lift();
  }
  drag.ghost.style.translate = `${event.clientX + 12}px ${event.clientY + 12}px`;
  const place = placeAt(event.clientX, event.clientY);
  if (place === drag.place) return;
  drag.place?.classList.remove("is-over");
  place?.classList.add("is-over");
  drag.place = place;
});

addEventListener("pointerup", (event) => {
  if (!drag) return;
  const place = drag.ghost && placeAt(event.clientX, event.clientY);
  drop();
  if (!place) return;
  form().elements.agent.value = place.dataset.drop;
  form().requestSubmit();
});

addEventListener("pointercancel", drop);
addEventListener("keydown", (event) => {
  if (event.key === "Escape") drop();
});

/** Begin: what is not chosen is dragged alone. */
function lift() {
  const box = drag.row.querySelector("input[data-bulk-row]");
  if (!box.checked) {
    for (const other of form().querySelectorAll("input[data-bulk-row], [data-column-all]")) other.checked = false;
    box.checked = true;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }
  drag.ghost = make("div", { class: "drag-ghost", "aria-hidden": "true" }, text("selected", chosen()));
  document.body.append(drag.ghost);
  document.body.classList.add("is-dragging");
}

function drop() {
  drag?.ghost?.remove();
  for (const place of document.querySelectorAll("[data-drop].is-over")) place.classList.remove("is-over");
  document.body.classList.remove("is-dragging");
  drag = null;
}

// What was given is said where the eyes and the screen reader are; the choice is used up.
document.addEventListener("board-changed", () => {
  form().elements.agent.value = "";
  document.getElementById("board-result").focus();
});

setInterval(() => {
  const part = document.getElementById("board-work");
  if (!document.hidden && !part.querySelector("input:checked") && !part.contains(document.activeElement)) window.htmx.trigger(part, "live");
}, LOOK_SECONDS * 1000);
