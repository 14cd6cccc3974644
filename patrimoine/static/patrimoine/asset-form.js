/* A field of some categories shows while one of them is chosen; hidden, it is not sent. */
(function () {
  "use strict";
  function start() {
    const box = document.querySelector("[data-category-fields]");
    const chosen = document.getElementById("category");
    if (!box || !chosen) {
      return;
    }
    const fields = [...box.querySelectorAll("[data-of-categories]")];
    function show() {
      fields.forEach((field) => {
        const carried = field.dataset.ofCategories.split(" ").includes(chosen.value);
        field.hidden = !carried;
        field.querySelectorAll("input, select, textarea").forEach((input) => {
          input.disabled = !carried;
        });
      });
      box.hidden = !box.querySelector(".ov-field:not([hidden])");
    }
    chosen.addEventListener("change", show);
    show();
  }
  document.addEventListener("DOMContentLoaded", start);
})();
