// Rows to choose: `form[data-bulk]` around (or `data-bulk` on any element), `input[data-bulk-row]` in each row,
// `input[data-bulk-all]` in the head, `<c-bulk-bar>` for the count and the actions. Shift-click takes a range.
import { fresh, text } from "./dom.js";

function wire(area) {
  let last = null;
  const rows = () => [...area.querySelectorAll("input[data-bulk-row]")].filter((box) => !box.disabled);
  const all = () => area.querySelector("input[data-bulk-all]");
  const bar = () => area.querySelector("[data-bulk-bar]") || document.querySelector(`[data-bulk-bar][data-for="${area.id}"]`);

  function show() {
    const boxes = rows();
    const chosen = boxes.filter((box) => box.checked);
    for (const box of boxes) box.closest("tr, [data-row]")?.classList.toggle("is-selected", box.checked);
    const head = all();
    if (head) {
      head.checked = boxes.length > 0 && chosen.length === boxes.length;
      head.indeterminate = chosen.length > 0 && chosen.length < boxes.length;
    }
    const shelf = bar();
    if (!shelf) return;
    shelf.hidden = chosen.length === 0;
    shelf.querySelector("[data-bulk-count]").textContent = text("selected", chosen.length);
    const every = shelf.querySelector("[data-bulk-every]");
    if (every) {
      every.closest("label").hidden = !head?.checked;
      if (!head?.checked) every.checked = false;
    }
  }

  area.addEventListener("click", (event) => {
    const box = event.target.closest("input[data-bulk-row]");
    if (!box) return;
    const boxes = rows();
    if (event.shiftKey && last && boxes.includes(last)) {
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
      for (const between of boxes.slice(from, to + 1)) between.checked = box.checked;
    }
    last = box;
    show();
  });
  area.addEventListener("change", (event) => {
    if (event.target.matches("input[data-bulk-all]")) for (const box of rows()) box.checked = event.target.checked;
    if (event.target.matches("input[data-bulk-all], input[data-bulk-row]")) show();
  });
  area.addEventListener("click", (event) => {
    if (!event.target.closest("[data-bulk-clear]")) return;
    for (const box of rows()) box.checked = false;
    show();
  });
  area.addEventListener("htmx:afterSettle", show);
  show();
}

export function init(root) {
  for (const area of fresh(root, "[data-bulk]")) wire(area);
}
