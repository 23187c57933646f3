// What every htmx request shares: the CSRF token, a busy line, and words when it fails.
import { text } from "./dom.js";
import { toast } from "./toasts.js";

let running = 0;

function count(change) {
  running = Math.max(0, running + change);
  document.documentElement.classList.toggle("is-loading", running > 0);
}

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = document.querySelector("meta[name=csrf-token]")?.content || "";
});
document.addEventListener("htmx:beforeRequest", () => count(1));
document.addEventListener("htmx:afterRequest", () => count(-1));
document.addEventListener("htmx:sendError", () => toast({ text: text("offline"), level: "danger", seconds: 8 }));
document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  // An answer that brought its own message has said enough.
  if (xhr.getResponseHeader("HX-Trigger")?.includes('"toast"')) return;
  if (xhr.status === 401) toast({ text: text("signed_out"), level: "warning", link: location.href });
  else toast({ text: text(xhr.status === 403 ? "forbidden" : "failed"), level: "danger", seconds: 10 });
});

// A session that ended answers with the sign-in page: go there instead of swapping it into a table.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (!xhr.responseURL || !new URL(xhr.responseURL).pathname.startsWith("/accounts/login")) return;
  event.preventDefault();
  location.assign(`/accounts/login/?next=${encodeURIComponent(location.pathname + location.search)}`);
});
