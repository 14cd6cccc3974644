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

  /* In a window as narrow as a phone, the first page of the field is the day. */
  const home = document.querySelector("meta[name=ov-phone-home]");
  if (home && window.matchMedia("(max-width: 767px)").matches) {
    window.location.replace(home.content);
  }
})();
