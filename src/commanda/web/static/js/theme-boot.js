// Runs before the first paint, so that a dark page never flashes white. Classic script on purpose.
(function () {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  function apply() {
    let chosen = "auto";
    try {
      chosen = localStorage.getItem("commanda-theme") || "auto";
    } catch {
      // Storage may be refused; the device's own choice then counts.
    }
    const theme = chosen === "auto" ? (dark.matches ? "dark" : "light") : chosen;
    document.documentElement.setAttribute("data-bs-theme", theme);
    document.documentElement.setAttribute("data-theme-choice", chosen);
  }
  apply();
  dark.addEventListener("change", () => {
    apply();
    document.dispatchEvent(new CustomEvent("commanda:theme"));
  });
  window.commandaApplyTheme = apply;
})();
