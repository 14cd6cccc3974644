/* A session that ended while somebody typed: what was sent comes back after signing in again.

   Kept in this tab alone, only from a form's sending until its answer says that it arrived, and
   given back to the same person on the same page. */
(function () {
  "use strict";
  const NAME = "typed";
  /* Forms that keep what is typed by themselves, those of a list, and those of signing in. */
  const OTHERS =
    "[data-keep], [data-bulk], [data-board], [data-calendar], [data-columns], [data-again]";
  const UNSAID = ["csrf_token", "form_key", "next"];
  /* Minutes after which what waits is forgotten. */
  const LONGEST = 30;

  function person() {
    return document.body.dataset.person || "";
  }
  function here() {
    return window.location.pathname + window.location.search;
  }
  function path(form) {
    return new URL(form.action, window.location.href).pathname;
  }
  function read() {
    try {
      return JSON.parse(sessionStorage.getItem(NAME));
    } catch {
      return null;
    }
  }
  function write(typed) {
    try {
      if (typed) {
        sessionStorage.setItem(NAME, JSON.stringify(typed));
      } else {
        sessionStorage.removeItem(NAME);
      }
    } catch {
      return;
    }
  }

  function fields(form) {
    return [...form.elements].filter(
      (field) =>
        field.name &&
        !["file", "password", "submit", "button", "hidden"].includes(field.type) &&
        !UNSAID.includes(field.name),
    );
  }
  function said(field) {
    if (field.type === "checkbox" || field.type === "radio") {
      return { name: field.name, value: field.value, on: field.checked };
    }
    if (field.tagName === "SELECT") {
      const chosen = [...field.selectedOptions].map((one) => [one.value, one.textContent.trim()]);
      return { name: field.name, chosen };
    }
    return { name: field.name, value: field.value };
  }
  function choose(field, chosen) {
    chosen.forEach(([value, text]) => {
      if (![...field.options].some((one) => one.value === value)) {
        field.add(new Option(text, value));
      }
    });
    const values = chosen.map((one) => one[0]);
    [...field.options].forEach((one) => {
      one.selected = values.includes(one.value);
    });
    if (field.tomselect) {
      field.tomselect.sync();
    }
  }
  function give(form, typed) {
    const left = [...typed.fields];
    fields(form).forEach((field) => {
      const tick = field.type === "checkbox" || field.type === "radio";
      const at = left.findIndex(
        (one) => one.name === field.name && (!tick || one.value === field.value),
      );
      if (at < 0) {
        return;
      }
      const [one] = left.splice(at, 1);
      if (tick) {
        field.checked = one.on;
      } else if (one.chosen) {
        choose(field, one.chosen);
      } else {
        field.value = one.value;
      }
      let fold = field.closest("details");
      while (fold) {
        fold.open = true;
        fold = fold.parentElement.closest("details");
      }
    });
    form.dataset.unsaved = "1";
    const box = document.createElement("div");
    box.className = "ov-banner ov-banner-run ov-mb-4";
    box.setAttribute("role", "status");
    box.tabIndex = -1;
    box.textContent = document.body.dataset.typedBack || "";
    box.dataset.typedShown = "1";
    form.parentNode.insertBefore(box, form);
    const dialog = form.closest("dialog");
    if (dialog && !dialog.open) {
      dialog.showModal();
    }
    box.scrollIntoView({ block: "center" });
    box.focus({ preventScroll: true });
  }

  /* Last of all who hear it: a form that another script stopped is not sent. */
  window.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.matches(OTHERS)) {
      return;
    }
    write({
      page: here(),
      form: path(form),
      person: person(),
      at: Date.now(),
      waits: false,
      fields: fields(form).map(said),
    });
  });

  const typed = read();
  if (!typed) {
    return;
  }
  if (document.querySelector("[data-typed-waits]")) {
    write({ ...typed, waits: true });
    return;
  }
  if (!typed.waits || Date.now() - typed.at > LONGEST * 60000) {
    write(null);
    return;
  }
  if (typed.page.split("?")[0] !== window.location.pathname) {
    return;
  }
  write(null);
  const form = [...document.querySelectorAll("form[method=post]")].find(
    (one) => path(one) === typed.form && !one.matches(OTHERS),
  );
  if (form && typed.person === person()) {
    give(form, typed);
  }
})();
