// Starts everything. Each module exports `init(root)`: called for the page and for every part htmx brings in.
import "../tabler/js/tabler.esm.min.js";
import * as autosubmit from "./autosubmit.js";
import * as bulk from "./bulk.js";
import * as charts from "./charts.js";
import * as confirm from "./confirm.js";
import * as copy from "./copy.js";
import * as forms from "./forms.js";
import "./live.js";
import * as panels from "./panels.js";
import * as requests from "./requests.js";
import * as selects from "./selects.js";
import * as shortcuts from "./shortcuts.js";
import "./sortable.js";
import * as tables from "./tables.js";
import * as theme from "./theme.js";
import * as times from "./times.js";
import * as toasts from "./toasts.js";

const modules = [autosubmit, bulk, charts, confirm, copy, forms, panels, requests, selects, shortcuts, tables, theme, times, toasts];

function boot(root) {
  for (const module of modules) module.init?.(root);
}

boot(document.body);
document.body.addEventListener("htmx:afterSettle", (event) => boot(event.detail.elt));
document.body.addEventListener("htmx:oobAfterSwap", (event) => boot(event.detail.target));
document.documentElement.dataset.ready = "1";
