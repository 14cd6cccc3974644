/* What was typed is not lost by leaving the page, nor by the button of another form: every form
   that was changed and not sent goes along where the other takes it, or is asked about. */
(function () {
  "use strict";
  /* Forms that keep what is typed by themselves, and those of a list: ticks and choices. */
  const OTHERS =
    "[data-keep], [data-bulk], [data-board], [data-calendar], [data-columns], [data-unguarded]";
  const watched = [];
  let leaving = false;

  function content(form) {
    const found = [];
    new FormData(form).forEach((value, name) => {
      if (name === "csrf_token" || name === "form_key") {
        return;
      }
      found.push(`${name}=${value instanceof File ? `${value.name}:${value.size}` : value}`);
    });
    return found.join("\n");
  }
  function watch(form) {
    if (form.ovWatched || form.matches(OTHERS)) {
      return;
    }
    /* A form that came back refused holds what is saved nowhere. */
    const refused = form.hasAttribute("data-unsaved");
    form.ovWatched = { first: refused ? "" : null, touched: refused, sent: false };
    /* Read before the first change reaches the fields: widgets fill theirs after this script. */
    function first() {
      if (form.ovWatched.first === null) {
        form.ovWatched.first = content(form);
      }
    }
    function touched() {
      form.ovWatched.touched = true;
      form.ovWatched.sent = false;
    }
    form.addEventListener("focusin", first);
    form.addEventListener("input", touched);
    form.addEventListener("change", touched);
    watched.push(form);
    const bad =
      form.matches("[data-guard]") && form.querySelector(".is-invalid, [aria-invalid=true]");
    if (bad) {
      bad.focus();
    }
  }
  function changed(form) {
    const state = form.ovWatched;
    return state.touched && !state.sent && document.contains(form) && state.first !== content(form);
  }
  function unsaved(within) {
    return watched.some((form) => (!within || within.contains(form)) && changed(form));
  }

  /* A button may take along what was typed in another form: data-takes="its id". */
  function taken(form) {
    const other = form.dataset.takes && document.getElementById(form.dataset.takes);
    return other && other.ovWatched && changed(other) ? other : null;
  }
  document.addEventListener("formdata", (event) => {
    const other = event.target.ovTakes;
    if (!other) {
      return;
    }
    new FormData(other).forEach((value, name) => {
      if (!event.formData.has(name)) {
        event.formData.append(name, value);
      }
    });
  });

  /* Last of all who hear it: a form that another script stopped is not sent. */
  window.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented) {
      return;
    }
    form.ovTakes = taken(form);
    [form, form.ovTakes].forEach((one) => {
      if (one && one.ovWatched) {
        one.ovWatched.sent = true;
      }
    });
  });
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && unsaved()) {
      event.preventDefault();
    }
  });
  window.addEventListener("pageshow", () => {
    leaving = false;
  });

  function ask(go) {
    const dialog = document.getElementById("ov-leave");
    const yes = dialog.querySelector("[data-yes]");
    yes.onclick = function () {
      dialog.close();
      go();
    };
    dialog.showModal();
  }
  /* A link of the page asks in the page's own words. */
  document.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest && event.target.closest("a[href]");
      if (
        !link ||
        event.defaultPrevented ||
        event.button ||
        event.ctrlKey ||
        event.metaKey ||
        event.shiftKey
      ) {
        return;
      }
      if (
        link.target === "_blank" ||
        link.hasAttribute("download") ||
        link.hasAttribute("hx-get")
      ) {
        return;
      }
      const to = new URL(link.href, window.location.href);
      if (
        to.pathname === window.location.pathname &&
        to.search === window.location.search &&
        to.hash
      ) {
        return;
      }
      if (link.hasAttribute("data-leave")) {
        leaving = true;
        return;
      }
      if (!unsaved()) {
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(() => {
        leaving = true;
        window.location.assign(link.href);
      });
    },
    true,
  );
  /* The button of a form leaves the page too: what others hold is asked about first. */
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (form.ovAnswered || !form.ovWatched || form.closest("[hx-post], [hx-boost=true]")) {
        return;
      }
      const along = taken(form);
      if (!watched.some((one) => one !== form && one !== along && changed(one))) {
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(() => {
        form.ovAnswered = leaving = true;
        form.requestSubmit(event.submitter || undefined);
      });
    },
    true,
  );
  /* A part of the page that is about to be replaced. */
  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.target || !unsaved(event.detail.target)) {
      return;
    }
    event.preventDefault();
    ask(() => {
      event.detail.issueRequest(true);
    });
  });

  function start(root) {
    root.querySelectorAll("form[method=post]").forEach(watch);
    if (root.matches && root.matches("form[method=post]")) {
      watch(root);
    }
  }
  start(document);
  document.addEventListener("htmx:load", (event) => {
    start(event.detail.elt);
  });

  /* Where two people changed one field: typing in one's own chooses it. */
  document.querySelectorAll(".ov-clash").forEach((part) => {
    const mine = part.querySelector("[data-mine]");
    if (!mine) {
      return;
    }
    part.addEventListener("input", (event) => {
      if (event.target.type !== "radio") {
        mine.checked = true;
      }
    });
    part.addEventListener("change", (event) => {
      if (event.target.type !== "radio") {
        mine.checked = true;
      }
    });
  });
})();
