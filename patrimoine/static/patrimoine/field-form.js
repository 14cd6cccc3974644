/* What can be said of a value depends on its type: the rest is hidden, and not sent. */
(function () {
  "use strict";
  function start() {
    var box = document.querySelector("[data-value-of-type]");
    var type = document.getElementById("field_type");
    if (!box || !type) { return; }
    var parts = Array.prototype.slice.call(box.querySelectorAll("[data-types]"));
    function show() {
      parts.forEach(function (part) {
        var fits = part.dataset.types.split(" ").indexOf(type.value) >= 0;
        part.hidden = !fits;
        part.querySelectorAll("input, select, textarea").forEach(function (input) {
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
