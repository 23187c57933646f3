// `[data-print]` opens the browser's print dialog.
import { on } from "./dom.js";

on("click", "[data-print]", () => window.print());
