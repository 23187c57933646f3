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
const CLOCK = / \d\d:\d\d$/;

// The day comes from the server: a browser may not know how Morocco sets its clocks this year.
function day(element) {
  return element.title.replace(CLOCK, "");
}

function say(element, moment) {
  let amount = (moment - Date.now()) / 1000;
  if (Math.abs(amount) > MONTH) return day(element);
  for (const [unit, size] of STEPS) {
    if (Math.abs(amount) < size) return relative.format(unit === "second" ? 0 : Math.round(amount), unit);
    amount /= size;
  }
  return day(element);
}

function write(element) {
  const moment = new Date(element.dateTime);
  if (!Number.isNaN(moment.valueOf())) element.textContent = say(element, moment);
}

export function init(root) {
  for (const element of fresh(root, "time[data-time]")) write(element);
}

setInterval(() => document.querySelectorAll("time[data-time]").forEach(write), 30_000);
