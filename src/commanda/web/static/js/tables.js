// A table wider than its place can be scrolled by keyboard: it takes the focus only then.
import { fresh } from "./dom.js";

const watcher = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.setAttribute("tabindex", "0");
    else target.removeAttribute("tabindex");
  }
});

export function init(root) {
  for (const wrap of fresh(root, ".table-wrap")) watcher.observe(wrap);
}
