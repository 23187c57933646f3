// `[data-print]` opens the browser's print dialog. `[data-roll]` is printed on a page just as long as it is: printers
// with a roll cut where the page ends.
import { on } from "./dom.js";

on("click", "[data-print]", () => window.print());

const MM_PER_PX = 25.4 / 96;
const rules = [];
document.querySelectorAll("[data-roll]").forEach((receipt, number) => {
  const height = Math.ceil(receipt.getBoundingClientRect().height * MM_PER_PX) + 1;
  rules.push(`@page roll-${number} { size: 80mm ${height}mm; margin: 0; }`);
  receipt.style.page = `roll-${number}`;
});
if (rules.length) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(rules.join("\n"));
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}
