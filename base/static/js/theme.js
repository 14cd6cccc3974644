/* Read before the page is drawn, so that a dark page never flashes white. */
(function () {
  "use strict";
  let kept = null;
  try {
    kept = localStorage.getItem("ouvrage-theme");
  } catch {
    kept = null;
  }
  const dark = kept ? kept === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.setAttribute("data-bs-theme", dark ? "dark" : "light");
})();
