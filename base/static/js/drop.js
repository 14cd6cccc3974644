/* Fields of files: the names of what was chosen, and files dropped on the field. */
(function () {
  "use strict";

  function name(field) {
    var words = field.closest("label").querySelector("[data-drop-name]");
    var names = Array.prototype.map.call(field.files, function (file) { return file.name; });
    words.textContent = names.join(", ") || words.dataset.none;
  }

  document.querySelectorAll("input[type=file][data-drop]").forEach(function (field) {
    if (field.dataset.ready) { return; }
    field.dataset.ready = "1";
    var box = field.closest("label");
    field.addEventListener("change", function () { name(field); });
    ["dragenter", "dragover"].forEach(function (kind) {
      box.addEventListener(kind, function (event) { event.preventDefault(); box.classList.add("ov-on"); });
    });
    box.addEventListener("dragleave", function () { box.classList.remove("ov-on"); });
    box.addEventListener("drop", function (event) {
      event.preventDefault();
      box.classList.remove("ov-on");
      if (!event.dataTransfer.files.length) { return; }
      field.files = event.dataTransfer.files;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    });
  });
})();
