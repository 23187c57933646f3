// The inbox as a grid: arrows and Enter move between cells, Ctrl+Enter saves the row and goes on. Of a row only its
// own cells are sent.
import { text } from "./dom.js";

const rowOf = (element) => element.closest("[data-grid-row]");
const cellsOf = (row) => [...row.querySelectorAll(".grid-input")];
let goingOnFrom = null;

function focusFirst(row) {
  const field = row?.querySelector('.grid-input[aria-invalid="true"]') || row?.querySelector(".grid-input");
  if (!field) return false;
  field.focus();
  field.select?.();
  return true;
}

/** The cell above or below, in the same column, over the borders of rows. */
function beside(field, step) {
  const column = [...field.closest("tr").children].indexOf(field.closest("td"));
  const lines = [...document.querySelectorAll("[data-grid] .grid-line")];
  for (let at = lines.indexOf(field.closest("tr")) + step; at >= 0 && at < lines.length; at += step) {
    const found = lines[at].children[column]?.querySelector(".grid-input");
    if (found) return found;
  }
  return null;
}

function next(field, step) {
  const fields = [...document.querySelectorAll("[data-grid] .grid-input")];
  return fields[fields.indexOf(field) + step] || null;
}

function go(event, field) {
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select?.();
}

const isAtStart = (field) => field.selectionStart === 0 && field.selectionEnd === 0;
const isAtEnd = (field) => field.selectionStart === field.value.length;
// A cell just come to is chosen as a whole: an arrow goes on, typing replaces.
const isWhole = (field) => field.value && field.selectionStart === 0 && field.selectionEnd === field.value.length;

function move(event, field) {
  const isRtl = getComputedStyle(field).direction === "rtl";
  const [ahead, back] = isRtl ? ["ArrowLeft", "ArrowRight"] : ["ArrowRight", "ArrowLeft"];
  const isText = field.matches("textarea");
  if (event.key === "ArrowDown" && !isText) go(event, beside(field, 1));
  else if (event.key === "ArrowUp" && !isText) go(event, beside(field, -1));
  else if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    go(event, beside(field, 1));
  } else if (event.key === ahead && (isAtEnd(field) || isWhole(field))) go(event, next(field, 1));
  else if (event.key === back && (isAtStart(field) || isWhole(field))) go(event, next(field, -1));
}

document.addEventListener("keydown", (event) => {
  if (!event.target.closest?.("[data-inbox]") || event.isComposing) return;
  const row = rowOf(event.target);
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && row) {
    event.preventDefault();
    goingOnFrom = row.id;
    row.querySelector("[data-grid-save]")?.click();
  } else if (event.target.matches(".grid-input") && !event.altKey && !event.ctrlKey && !event.metaKey) {
    move(event, event.target);
  } else if (event.key === "Enter" && event.target.matches("input:not([type=checkbox])")) {
    // In a field beside a button Enter presses that button, not the first one of the form.
    event.preventDefault();
    event.target.parentElement.querySelector("button[type=submit]")?.click();
  }
});

// After Ctrl+Enter: the next row when this one is done, its own cell to mend when it is not.
document.addEventListener("htmx:afterSettle", () => {
  const from = goingOnFrom && document.getElementById(goingOnFrom);
  if (!from) return;
  goingOnFrom = null;
  if (!from.matches(".is-done")) {
    focusFirst(from);
    return;
  }
  for (let row = from.nextElementSibling; row; row = row.nextElementSibling) {
    if (row.matches("[data-grid-row]") && focusFirst(row)) return;
  }
  from.querySelector("a, button")?.focus();
});

document.addEventListener("htmx:configRequest", (event) => {
  const row = rowOf(event.detail.elt);
  if (!row) return;
  const { parameters } = event.detail;
  for (const name of Object.keys(parameters)) {
    if (name === "ids" || (name.startsWith("fix-") && !name.startsWith(`fix-${row.dataset.gridRow}-`))) delete parameters[name];
  }
});

// Rows that were done elsewhere (the others that say the same) leave the grid.
document.addEventListener("inbox-changed", (event) => {
  for (const id of event.detail.rows) document.getElementById(`row-${id}`)?.remove();
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-grid-field]")) {
    const list = event.target.selectedOptions[0].dataset.list;
    const input = event.target.parentElement.querySelector("input");
    if (list) input.setAttribute("list", list);
    else input.removeAttribute("list");
  }
  const field = event.target;
  if (field.matches(".grid-input")) field.classList.toggle("is-changed", field.value !== field.defaultValue);
});

// What was typed is not lost by leaving the page.
window.addEventListener("beforeunload", (event) => {
  if (document.querySelector("[data-inbox][data-sent]") || !document.querySelector(".grid-input.is-changed")) return;
  event.preventDefault();
  event.returnValue = text("leave");
});
