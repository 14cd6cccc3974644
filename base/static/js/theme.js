/* Read before the page is drawn, so that a dark page never flashes white. */
(function () {
  "use strict";
  var kept = null;
  try { kept = localStorage.getItem("ouvrage-theme"); } catch (refused) { kept = null; }
  var dark = kept ? kept === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.setAttribute("data-bs-theme", dark ? "dark" : "light");
})();
