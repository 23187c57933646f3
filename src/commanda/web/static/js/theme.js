// The appearance menu: `data-theme="light|dark|auto"`.
import { on } from "./dom.js";

function mark() {
  const chosen = document.documentElement.dataset.themeChoice;
  for (const button of document.querySelectorAll("[data-theme]")) {
    button.classList.toggle("active", button.dataset.theme === chosen);
    button.setAttribute("aria-pressed", String(button.dataset.theme === chosen));
  }
}

on("click", "[data-theme]", (_event, button) => {
  try {
    localStorage.setItem("commanda-theme", button.dataset.theme);
  } catch {
    // Without storage the choice cannot be kept.
  }
  window.commandaApplyTheme();
  mark();
  document.dispatchEvent(new CustomEvent("commanda:theme"));
});

mark();
