// `select[data-select]`: searchable, several at once with `multiple`.
// `data-url="/…"` fetches choices while typing: GET ?q=… → {"results": [{"value", "text", "detail"?, "image"?}]}.
// `data-create` lets people type new values (tags). Tom Select is loaded only where one is needed.
import { fresh, loadScript, make, text } from "./dom.js";

function option(data) {
  const body = make("div", { class: "select-text" }, make("span", {}, data.text));
  if (data.detail) body.append(make("span", { class: "select-detail", dir: "auto" }, data.detail));
  const row = make("div", { class: "select-option" });
  if (data.image) row.append(make("img", { src: data.image, alt: "", width: "28", height: "28", loading: "lazy" }));
  row.append(body);
  return row;
}

function remote(url) {
  return async (query, done) => {
    try {
      const address = new URL(url, location.href);
      address.searchParams.set("q", query);
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      done((await answer.json()).results);
    } catch {
      done();
    }
  };
}

function enhance(select) {
  if (!select.isConnected || select.tomselect) return;
  const { url, create, placeholder } = select.dataset;
  const control = new window.TomSelect(select, {
    plugins: select.multiple ? ["remove_button"] : [],
    create: create !== undefined,
    persist: false,
    maxOptions: 200,
    placeholder: placeholder || select.querySelector('option[value=""]')?.textContent || "",
    hidePlaceholder: true,
    valueField: "value",
    labelField: "text",
    searchField: url ? [] : ["text", "detail"],
    ...(url ? { load: remote(url), shouldLoad: (query) => query.length > 0 || select.hasAttribute("data-preload"), preload: select.hasAttribute("data-preload") ? "focus" : false } : {}),
    render: {
      option,
      item: (data) => make("div", {}, data.text),
      no_results: () => make("div", { class: "no-results" }, text("no_results")),
      loading: () => make("div", { class: "no-results" }, text("searching")),
      option_create: (data) => make("div", { class: "create" }, `${text("add")} “${data.input}”`),
    },
  });
  // The select itself is only the value's carrier now.
  select.setAttribute("aria-hidden", "true");
  const label = select.labels?.[0];
  if (label) control.control_input.setAttribute("aria-label", label.textContent.trim());
  else if (select.getAttribute("aria-label")) control.control_input.setAttribute("aria-label", select.getAttribute("aria-label"));
}

export function init(root) {
  const found = [...fresh(root, "select[data-select]")];
  if (found.length) loadScript("tom-select/js/tom-select.popular.min.js").then(() => found.forEach(enhance));
}
