// `form[data-autosubmit]`: filters apply by themselves, typing after a pause. Empty fields stay out of the address.
import { debounce, fresh } from "./dom.js";

function withoutEmpty(form) {
  const fields = [...form.elements].filter((field) => field.name && field.value === "" && !field.disabled);
  for (const field of fields) field.disabled = true;
  setTimeout(() => fields.forEach((field) => (field.disabled = false)));
}

export function init(root) {
  for (const form of fresh(root, "form[data-autosubmit]")) {
    const send = () => form.requestSubmit();
    const later = debounce(send, 350);
    form.addEventListener("change", (event) => {
      if (event.target.closest(".ts-wrapper")) return;
      if (!event.target.matches("[data-no-autosubmit], input[type=search], input[type=text]")) send();
    });
    form.addEventListener("input", (event) => {
      // Typing inside a searchable select looks for a choice; it is none yet.
      if (event.target.closest(".ts-wrapper")) return;
      if (event.target.matches("input[type=search], input[type=text]:not([data-no-autosubmit])")) later();
    });
    if (!form.hasAttribute("hx-get")) form.addEventListener("submit", () => withoutEmpty(form));
  }
}

// htmx collects the values itself: drop the empty ones there.
document.addEventListener("htmx:configRequest", (event) => {
  if (!event.detail.elt.matches?.("form[data-autosubmit]")) return;
  const { parameters } = event.detail;
  for (const name of Object.keys(parameters)) if (parameters[name] === "") delete parameters[name];
});
