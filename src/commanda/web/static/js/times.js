// `<time data-time datetime="…">`: "3 minutes ago", kept fresh; the exact time stays in the title.
import { fresh, locale } from "./dom.js";

const STEPS = [
  ["second", 60],
  ["minute", 60],
  ["hour", 24],
  ["day", 30],
];
const MONTH = 30 * 86400;
const relative = new Intl.RelativeTimeFormat(locale(), { numeric: "auto", style: "short" });
const dates = new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short", year: "numeric", timeZone: "Africa/Casablanca" });

function say(moment) {
  let amount = (moment - Date.now()) / 1000;
  if (Math.abs(amount) > MONTH) return dates.format(moment);
  for (const [unit, size] of STEPS) {
    if (Math.abs(amount) < size) return relative.format(unit === "second" ? 0 : Math.round(amount), unit);
    amount /= size;
  }
  return dates.format(moment);
}

function write(element) {
  const moment = new Date(element.dateTime);
  if (!Number.isNaN(moment.valueOf())) element.textContent = say(moment);
}

export function init(root) {
  for (const element of fresh(root, "time[data-time]")) write(element);
}

setInterval(() => document.querySelectorAll("time[data-time]").forEach(write), 30_000);
