// Dialogs, the drawer and help tips.
// `data-open="dialog-id"` opens a <dialog>; `data-drawer` on a link with hx-get="…" hx-target="#drawer" opens the drawer.
import { Offcanvas, Tooltip } from "../tabler/js/tabler.esm.min.js";
import { fresh, on } from "./dom.js";

on("click", "[data-open]", (_event, button) => {
  const dialog = document.getElementById(button.dataset.open);
  dialog?.showModal();
  dialog?.querySelector("[autofocus]")?.focus();
});
on("click", "[data-close]", (_event, button) => button.closest("dialog")?.close());
// A click on the backdrop hits the dialog itself.
on("click", "dialog", (event, dialog) => {
  if (event.target === dialog && !dialog.hasAttribute("data-stay")) dialog.close();
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "drawer") Offcanvas.getOrCreateInstance(event.detail.target).show();
});
// A wide table scrolls sideways; keys must reach it too.
const watchWidth = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});

export function init(root) {
  for (const wrap of fresh(root, ".table-wrap")) watchWidth.observe(wrap);
  for (const tip of fresh(root, "[data-tip]")) new Tooltip(tip, { trigger: "hover focus", container: document.body });
}
