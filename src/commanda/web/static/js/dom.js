// Small helpers that the other modules share.

const texts = JSON.parse(document.getElementById("texts")?.textContent || "{}");

/** A translated text of `web/context.py`; `%s` takes the value. */
export function text(name, value = "") {
  return (texts[name] || name).replace("%s", value);
}

/** The elements of `root` (itself included) that match, once per `mark` and element. */
export function* fresh(root, selector, mark = selector) {
  const found = [...root.querySelectorAll(selector)];
  if (root.matches?.(selector)) found.unshift(root);
  for (const element of found) {
    const seen = (element.commandaSeen ??= new Set());
    if (seen.has(mark)) continue;
    seen.add(mark);
    yield element;
  }
}

/** Listen once on the document for events of elements that match, now or later. */
export function on(event, selector, handler, options) {
  document.addEventListener(
    event,
    (happened) => {
      const element = happened.target.closest?.(selector);
      if (element) handler(happened, element);
    },
    options,
  );
}

/** Build an element: `make("p", { class: "a" }, "text", child)`. Text is never read as HTML. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Whether keys typed now belong to a field. */
export function isTyping(target) {
  return Boolean(target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true], .ts-wrapper"));
}

const scripts = new Map();

/** Load a same-origin script once; resolves when it ran. `path` is below the static root. */
export function loadScript(path) {
  if (!scripts.has(path)) {
    const root = document.querySelector("meta[name=static-root]").content;
    scripts.set(
      path,
      new Promise((resolve, reject) => {
        const script = make("script", { src: root + path });
        script.addEventListener("load", resolve);
        script.addEventListener("error", reject);
        document.head.append(script);
      }),
    );
  }
  return scripts.get(path);
}

/** Wait until calls stop for `delay` milliseconds. */
export function debounce(run, delay = 300) {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => run(...values), delay);
  };
}

export const locale = () => `${document.documentElement.lang || "fr"}-MA-u-nu-latn`;
export const isRtl = () => document.documentElement.dir === "rtl";
