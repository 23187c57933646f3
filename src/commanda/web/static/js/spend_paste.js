// `form[data-paste-grid]`: a block of cells copied out of a spreadsheet fills the cells from where it is pasted.
// A row of platform names above it and a column of product names beside it say where the amounts belong.
import { fresh } from "./dom.js";

const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/\s+/g, " ").trim();

/** The rows of a pasted text; null when it is a single value that the field takes itself. */
export function block(text) {
  const rows = text.replace(/\r\n?/g, "\n").replace(/\n+$/, "").split("\n").map((line) => line.split("\t"));
  return rows.length > 1 || rows[0].length > 1 ? rows : null;
}

function rowsOf(form) {
  return [...form.querySelectorAll("[data-paste-row]")].map((row) => ({
    name: fold(row.dataset.pasteRow),
    cells: [...row.querySelectorAll("[data-paste-cell]")],
  }));
}

/** Where each column of the block goes, when its first row names platforms; else null. */
function namedColumns(first, names) {
  const places = first.map((cell) => names.indexOf(fold(cell)));
  return places.some((place) => place >= 0) ? places : null;
}

function paste(form, start, pasted) {
  const rows = rowsOf(form);
  const platforms = rows[0].cells.map((cell) => fold(cell.dataset.pasteCell));
  const columns = namedColumns(pasted[0], platforms);
  const body = columns ? pasted.slice(1) : pasted;
  const byName = (cells) => rows.find((row) => row.name === fold(cells[0] ?? ""));
  const hasNames = body.some(byName);
  const startRow = rows.findIndex((row) => row.cells.includes(start));
  const startColumn = rows[startRow].cells.indexOf(start);
  const filled = [];
  body.forEach((cells, down) => {
    const row = hasNames ? byName(cells) : rows[startRow + down];
    if (!row) return;
    cells.forEach((value, across) => {
      if (hasNames && across === 0) return;
      const place = columns ? columns[across] : (hasNames ? across - 1 : startColumn + across);
      const cell = place >= 0 ? row.cells[place] : undefined;
      if (!cell || cell.disabled) return;
      cell.value = value.trim();
      filled.push(cell);
    });
  });
  for (const cell of filled) {
    cell.classList.add("is-pasted");
    cell.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

export function init(root) {
  for (const form of fresh(root, "form[data-paste-grid]")) {
    form.addEventListener("paste", (event) => {
      const start = event.target.closest("[data-paste-cell]");
      const pasted = start && block(event.clipboardData.getData("text/plain"));
      if (!pasted) return;
      event.preventDefault();
      paste(form, start, pasted);
    });
  }
}

init(document.body);
