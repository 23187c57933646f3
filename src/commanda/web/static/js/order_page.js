// The order page: `@` names a colleague in the comment, files are dropped on `form[data-drop]`, and
// `[data-focus-on="#id"]` goes to the first thing that can be pressed there.
import { make, on } from "./dom.js";

on("click", "[data-focus-on]", (_event, button) => {
  const place = document.querySelector(button.dataset.focusOn);
  place?.scrollIntoView({ block: "nearest" });
  (place?.querySelector("button:not([disabled]), summary, select") || place)?.focus();
});

on("dragover", "[data-drop]", (event, form) => {
  event.preventDefault();
  form.classList.add("is-over");
});
on("dragleave", "[data-drop]", (event, form) => {
  if (!form.contains(event.relatedTarget)) form.classList.remove("is-over");
});
on("drop", "[data-drop]", (event, form) => {
  event.preventDefault();
  form.classList.remove("is-over");
  if (!event.dataTransfer.files.length) return;
  form.querySelector("input[type=file]").files = event.dataTransfer.files;
  form.requestSubmit();
});

const colleagues = JSON.parse(document.getElementById("colleagues")?.textContent || "[]");
const field = document.querySelector(".mention-box textarea");
const MOST = 8;
const plain = (word) => word.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();
const list = make("ul", { role: "listbox", id: "mention-names", class: "mention-names", hidden: "" });
let chosen = 0;

/** What stands between the last `@` and the caret, or null. */
function typed() {
  const before = field.value.slice(0, field.selectionStart);
  const found = /(?:^|[\s(,;:])@([^@\n]{0,40})$/u.exec(before);
  return found ? found[1] : null;
}

function close() {
  list.hidden = true;
  field.removeAttribute("aria-activedescendant");
}

function mark(number) {
  const rows = [...list.children];
  chosen = (number + rows.length) % rows.length;
  rows.forEach((row, index) => row.setAttribute("aria-selected", String(index === chosen)));
  field.setAttribute("aria-activedescendant", rows[chosen].id);
}

function offer() {
  const word = typed();
  const found = word === null ? [] : colleagues.filter(({ name }) => plain(name).includes(plain(word))).slice(0, MOST);
  if (!found.length) return close();
  list.replaceChildren(
    ...found.map(({ name, role }, index) =>
      make("li", { role: "option", id: `mention-${index}`, "data-name": name }, make("bdi", {}, name), make("span", { class: "select-detail" }, role)),
    ),
  );
  list.hidden = false;
  mark(0);
}

function take(row) {
  const end = field.selectionStart;
  const start = end - typed().length;
  field.setRangeText(`${row.dataset.name} `, start, end, "end");
  close();
  field.focus();
}

function onKey(event) {
  if (list.hidden || event.isComposing) return;
  const acts = {
    ArrowDown: () => mark(chosen + 1),
    ArrowUp: () => mark(chosen - 1),
    Enter: () => take(list.children[chosen]),
    Tab: () => take(list.children[chosen]),
    Escape: close,
  };
  if (!acts[event.key]) return;
  event.preventDefault();
  acts[event.key]();
}

if (field && colleagues.length) {
  list.setAttribute("aria-label", field.closest(".mention-box").dataset.label);
  field.after(list);
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);
  field.addEventListener("input", offer);
  field.addEventListener("click", offer);
  field.addEventListener("keydown", onKey);
  field.addEventListener("blur", close);
  list.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    const row = event.target.closest("li");
    if (row) take(row);
  });
}
