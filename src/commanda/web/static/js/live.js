// Live parts: `data-live="orders board"` with `hx-get` and `hx-trigger="live"` is fetched again soon after something
// of these topics changed; at most every `data-live-seconds` (1), and never under somebody's hands.
// Hints come as server-sent events from the address in `<meta name="events">`; without them pages ask now and then.
import { isTyping, text } from "./dom.js";

const ADDRESS = document.querySelector("meta[name=events]")?.content || "";
const EVERYTHING = "*";
const HIDDEN_SECONDS = 10; // a page nobody sees lets its stream go after this
const ASK_SECONDS = 45; // how often pages ask without a stream
const LOST_SECONDS = 8; // so long without a stream is said
const LONGEST_PAUSE = 60;

const due = new Map(); // part → moment (ms) when it may be fetched
const fetched = new WeakMap(); // part → moment of the last fetch
let stream = null;
let failures = 0;
let wasOpen = false;
let timer = 0;
let again = 0;
let hiding = 0;
let losing = 0;

const jitter = (seconds) => seconds * 1000 * (0.75 + Math.random() / 2);
const parts = () => [...document.querySelectorAll("[data-live]")];

function concerns(part, topics) {
  if (topics.has(EVERYTHING)) return true;
  return part.dataset.live.split(/\s+/).some((wanted) => topics.has(wanted) || topics.has(`${wanted.split(":")[0]}:${EVERYTHING}`));
}

/** Somebody works in this part now: types, has chosen rows, has a menu or a question open. */
function isInUse(part) {
  const active = document.activeElement;
  if (active && active !== part && part.contains(active) && (isTyping(active) || active.matches("select, summary, [aria-expanded=true]"))) return true;
  if (part.querySelector("input[data-bulk-row]:checked, details[open], dialog[open], .dropdown-menu.show:not(details *)")) return true;
  const chosen = getSelection();
  return Boolean(chosen && !chosen.isCollapsed && part.contains(chosen.anchorNode));
}

function note(topics) {
  const now = Date.now();
  for (const part of parts()) {
    if (!concerns(part, topics) || due.has(part)) continue;
    const pause = Number(part.dataset.liveSeconds || 1) * 1000;
    // Some delay, different in each browser: a hundred of them hear the same hint in the same moment.
    due.set(part, Math.max(now + Math.random() * 400, (fetched.get(part) || 0) + pause));
  }
  plan();
}

function plan() {
  clearTimeout(timer);
  if (due.size && !document.hidden) timer = setTimeout(fetchDue, Math.max(0, Math.min(...due.values()) - Date.now()));
}

function fetchDue() {
  const now = Date.now();
  for (const [part, moment] of due) {
    if (!part.isConnected) due.delete(part);
    else if (moment <= now) {
      if (isInUse(part) || part.classList.contains("htmx-request")) due.set(part, now + 2000);
      else {
        due.delete(part);
        fetched.set(part, now);
        window.htmx.trigger(part, "live");
      }
    }
  }
  plan();
}

function open() {
  clearTimeout(again);
  if (stream || !ADDRESS || document.hidden) return;
  stream = new EventSource(ADDRESS);
  stream.addEventListener("open", () => {
    // What changed while nobody listened is looked at once; not at the first time, the page is fresh then.
    if (wasOpen) note(new Set([EVERYTHING]));
    wasOpen = true;
    failures = 0;
    clearTimeout(losing);
    losing = 0;
    show(true);
  });
  stream.addEventListener("live", (event) => note(new Set(event.data.split(" "))));
  stream.addEventListener("error", () => {
    close();
    failures += 1;
    again = setTimeout(open, jitter(Math.min(LONGEST_PAUSE, 2 ** failures)));
    losing ||= setTimeout(() => show(false), LOST_SECONDS * 1000);
  });
}

function close() {
  stream?.close();
  stream = null;
}

/** Say that live updates rest, to eyes and screen readers; only where there were some. */
function show(isLive) {
  document.documentElement.dataset.stream = isLive ? "open" : "lost";
  const state = document.querySelector("[data-live-state]");
  if (!state) return;
  const isSaid = !isLive && wasOpen && parts().length > 0;
  state.hidden = !isSaid;
  state.querySelector("[data-live-words]").textContent = isSaid ? text("live_lost") : "";
}

document.addEventListener("visibilitychange", () => {
  clearTimeout(hiding);
  if (document.hidden) {
    hiding = setTimeout(() => {
      clearTimeout(again);
      close();
    }, HIDDEN_SECONDS * 1000);
  } else {
    open();
    plan();
  }
});
// Pages kept for going back must not keep a connection.
addEventListener("pagehide", close);
addEventListener("pageshow", open);
addEventListener("online", open);

// A background fetch that fails says nothing: the next hint or the next round tries again.
for (const name of ["htmx:sendError", "htmx:responseError"]) {
  document.addEventListener(name, (event) => {
    if (event.detail.requestConfig?.triggeringEvent?.type === "live") event.stopImmediatePropagation();
  }, { capture: true });
}

setInterval(() => {
  if (!stream || stream.readyState !== EventSource.OPEN) note(new Set([EVERYTHING]));
}, jitter(ASK_SECONDS));
