// `data-copy="text"`, or `data-copy-from="#id"`: copies and says so.
import { on, text } from "./dom.js";
import { toast } from "./toasts.js";

on("click", "[data-copy], [data-copy-from]", async (_event, button) => {
  const source = button.dataset.copyFrom && document.querySelector(button.dataset.copyFrom);
  const value = source ? (source.value ?? source.textContent) : button.dataset.copy;
  try {
    await navigator.clipboard.writeText(value.trim());
    toast({ text: text("copied"), level: "success", seconds: 2 });
  } catch {
    toast({ text: text("copy_failed"), level: "warning" });
  }
});
