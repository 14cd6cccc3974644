/* Fields of files: the names of what was chosen, and files dropped on the field. */
(function () {
  "use strict";

  function name(field) {
    const words = field.closest("label").querySelector("[data-drop-name]");
    const names = Array.from(field.files, (file) => file.name);
    words.textContent = names.join(", ") || words.dataset.none;
  }

  document.querySelectorAll("input[type=file][data-drop]").forEach((field) => {
    if (field.dataset.ready) {
      return;
    }
    field.dataset.ready = "1";
    const box = field.closest("label");
    field.addEventListener("change", () => {
      name(field);
    });
    ["dragenter", "dragover"].forEach((kind) => {
      box.addEventListener(kind, (event) => {
        event.preventDefault();
        box.classList.add("ov-on");
      });
    });
    box.addEventListener("dragleave", () => {
      box.classList.remove("ov-on");
    });
    box.addEventListener("drop", (event) => {
      event.preventDefault();
      box.classList.remove("ov-on");
      if (!event.dataTransfer.files.length) {
        return;
      }
      field.files = event.dataTransfer.files;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    });
  });
})();
