/* A field of some categories shows while one of them is chosen; hidden, it is not sent. */
(function () {
  "use strict";
  function start() {
    var box = document.querySelector("[data-category-fields]");
    var chosen = document.getElementById("category");
    if (!box || !chosen) { return; }
    var fields = Array.prototype.slice.call(box.querySelectorAll("[data-of-categories]"));
    function show() {
      fields.forEach(function (field) {
        var carried = field.dataset.ofCategories.split(" ").indexOf(chosen.value) >= 0;
        field.hidden = !carried;
        field.querySelectorAll("input, select, textarea").forEach(function (input) {
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
