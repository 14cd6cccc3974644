/* What can be said of a value depends on its type: the rest is hidden, and not sent. */
(function () {
  "use strict";
  function start() {
    const box = document.querySelector("[data-value-of-type]");
    const type = document.getElementById("field_type");
    if (!box || !type) {
      return;
    }
    const parts = [...box.querySelectorAll("[data-types]")];
    function show() {
      parts.forEach((part) => {
        const fits = part.dataset.types.split(" ").includes(type.value);
        part.hidden = !fits;
        part.querySelectorAll("input, select, textarea").forEach((input) => {
          input.disabled = !fits;
        });
      });
      box.parentNode.hidden = !box.querySelector("[data-types]:not([hidden])");
    }
    type.addEventListener("change", show);
    show();
  }
  document.addEventListener("DOMContentLoaded", start);
})();
