// A list whose items go earlier or later: `[data-sortable-list]` with buttons `data-sort-step="-1"` and `"1"`.
import { on } from "./dom.js";

on("click", "[data-sort-step]", (_event, button) => {
  const item = button.closest("li");
  const beside = button.dataset.sortStep === "-1" ? item.previousElementSibling : item.nextElementSibling;
  if (!beside) return;
  if (button.dataset.sortStep === "-1") beside.before(item);
  else beside.after(item);
  button.focus();
});
