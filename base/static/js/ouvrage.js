/* The small behaviours of every page. Each works on what it finds; a page without it is left
   alone. */
(function () {
  "use strict";

  function each(root, selector, work) {
    const found = [...root.querySelectorAll(selector)];
    if (root.matches && root.matches(selector)) {
      found.unshift(root);
    }
    found.forEach((node) => {
      const mark = `ov${selector.replace(/[^a-z]/gi, "")}`;
      if (node[mark]) {
        return;
      }
      node[mark] = true;
      work(node);
    });
  }

  /* Light and dark. */
  function themeButton(button) {
    button.addEventListener("click", () => {
      const root = document.documentElement;
      const next = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
      root.setAttribute("data-bs-theme", next);
      try {
        localStorage.setItem("ouvrage-theme", next);
      } catch {
        return;
      }
    });
  }

  /* Tabs that are wider than a phone: the one that is open is in sight. */
  function showTab(list) {
    const open = list.querySelector("[aria-current]");
    /* In a bar with other buttons it is the bar that scrolls. */
    const bar = list.closest(".ov-viewbar") || list;
    if (!open || bar.scrollWidth <= bar.clientWidth) {
      return;
    }
    const box = bar.getBoundingClientRect();
    const tab = open.getBoundingClientRect();
    if (tab.right > box.right) {
      bar.scrollLeft += tab.right - box.right;
    }
  }

  /* Menus are <details>: one open at a time, closed by Escape or a click outside. */
  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.ov-menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) {
        menu.open = false;
      }
    });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      document.querySelectorAll("details.ov-menu[open]").forEach((menu) => {
        const held = menu.contains(document.activeElement);
        menu.open = false;
        if (held) {
          menu.querySelector("summary").focus();
        }
      });
    }
    if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) {
      const box = document.getElementById("ov-search");
      if (box) {
        event.preventDefault();
        box.focus();
        box.select();
      }
    }
  });

  /* In a menu the arrows go from one entry to the next; from its button into it. */
  document.addEventListener("keydown", (event) => {
    if (!["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key) || event.defaultPrevented) {
      return;
    }
    const menu = event.target.closest && event.target.closest("details.ov-menu[open]");
    if (
      !menu ||
      event.target.matches("input, select, textarea") ||
      menu.querySelector("[data-column-list]")
    ) {
      return;
    }
    const items = [...menu.querySelectorAll(".ov-item")];
    const at = items.indexOf(document.activeElement);
    const next = {
      ArrowDown: at + 1,
      ArrowUp: at < 0 ? items.length - 1 : at - 1,
      Home: 0,
      End: items.length - 1,
    }[event.key];
    if (!items[next]) {
      return;
    }
    event.preventDefault();
    items[next].focus();
  });

  /* Dialogs: a button opens the one it names, [data-close] closes it. */
  function opener(button) {
    button.addEventListener("click", () => {
      const dialog = document.getElementById(button.dataset.dialog);
      if (dialog) {
        dialog.showModal();
      }
    });
  }
  function dialogBox(dialog) {
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog || event.target.closest("[data-close]")) {
        dialog.close();
      }
    });
    /* Its fields belong to the form of the list, whose first button is another verb's. */
    dialog.addEventListener("keydown", (event) => {
      const go = dialog.querySelector("[data-verb-go]:not([type=button])");
      if (go && event.key === "Enter" && event.target.matches("input") && !event.defaultPrevented) {
        event.preventDefault();
        go.click();
      }
    });
  }

  /* A form or button with data-confirm asks first, in the page's own dialog. */
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      const button = event.submitter;
      const words = (button && button.dataset.confirm) || form.dataset.confirm;
      const dialog = document.getElementById("ov-confirm");
      if (!words || form.dataset.confirmed || !dialog) {
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      dialog.querySelector("[data-words]").textContent = words;
      const yes = dialog.querySelector("[data-yes]");
      yes.textContent = (button && button.textContent.trim()) || yes.dataset.default;
      yes.onclick = function () {
        dialog.close();
        form.dataset.confirmed = "1";
        form.requestSubmit(button || undefined);
        delete form.dataset.confirmed;
      };
      dialog.showModal();
    },
    true,
  );

  /* Empty fields of a filter form stay out of the address. */
  function lean(form) {
    form.addEventListener("submit", () => {
      [...form.elements].forEach((field) => {
        if (field.name && field.value === "" && field.tagName !== "BUTTON") {
          field.disabled = true;
        }
      });
    });
  }

  /* The sheet that adds a filter: the field chosen shows its own inputs. */
  function filterSheet(form) {
    const choice = form.querySelector("[data-choice]");
    function show() {
      form.querySelectorAll("[data-column]").forEach((part) => {
        const chosen = part.dataset.column === choice.value;
        part.hidden = !chosen;
        part.querySelectorAll("input, select").forEach((field) => {
          field.disabled = !chosen;
          if (field.tomselect) {
            if (chosen) {
              field.tomselect.enable();
            } else {
              field.tomselect.disable();
            }
          }
        });
      });
    }
    choice.addEventListener("change", show);
    show();
  }

  /* A list of ticks becomes "a,b,c" in one parameter. */
  function manyOf(part) {
    const hidden = part.querySelector("[data-joined]");
    part.addEventListener("change", () => {
      const ticked = part.querySelectorAll("input[type=checkbox]:checked");
      hidden.value = Array.from(ticked, (box) => box.value).join(",");
    });
  }

  /* Ticked rows and the bar of what can be done with them. */
  function bulk(form) {
    const bar = form.querySelector(".ov-bulk");
    const all = form.querySelector("[data-all]");
    const words = form.querySelector("[data-count]");
    function boxes() {
      return [...form.querySelectorAll("input[name=rowid]")];
    }
    function refresh() {
      let count = 0;
      boxes().forEach((box) => {
        if (box.checked) {
          count += 1;
        }
        const row = box.closest("tr");
        if (box.checked) {
          row.setAttribute("aria-selected", "true");
        } else {
          row.removeAttribute("aria-selected");
        }
      });
      bar.hidden = count === 0;
      words.textContent = (count > 1 ? words.dataset.many : words.dataset.one).replace("0", count);
      all.checked = count > 0 && count === boxes().length;
      all.indeterminate = count > 0 && count < boxes().length;
    }
    form.addEventListener("change", (event) => {
      if (event.target === all) {
        boxes().forEach((box) => {
          box.checked = all.checked;
        });
      }
      refresh();
    });
    form.querySelectorAll("[data-none]").forEach((button) => {
      button.addEventListener("click", () => {
        boxes().forEach((box) => {
          box.checked = false;
        });
        refresh();
      });
    });
    refresh();
  }

  /* Tabs of a record: the address keeps which one is open. */
  function tabs(bar) {
    const links = [...bar.querySelectorAll("a[href^='#']")];
    if (links.length < 2) {
      return;
    }
    function show(name) {
      if (!links.some((link) => link.hash === `#${name}`)) {
        name = links[0].hash.slice(1);
      }
      links.forEach((link) => {
        const open = link.hash === `#${name}`;
        if (open) {
          link.setAttribute("aria-current", "page");
        } else {
          link.removeAttribute("aria-current");
        }
        const panel = document.getElementById(link.hash.slice(1));
        if (panel) {
          panel.hidden = !open;
        }
      });
    }
    bar.addEventListener("click", (event) => {
      const link = event.target.closest("a[href^='#']");
      if (!link) {
        return;
      }
      event.preventDefault();
      history.replaceState(null, "", link.hash);
      show(link.hash.slice(1));
    });
    window.addEventListener("hashchange", () => {
      show(window.location.hash.slice(1));
    });
    show(window.location.hash.slice(1));
  }

  /* Counters lead to a tab of the page when it is there. */
  function eye(button) {
    button.addEventListener("click", () => {
      const field = document.getElementById(button.dataset.eye);
      const hidden = field.type === "password";
      field.type = hidden ? "text" : "password";
      button.setAttribute("aria-pressed", hidden ? "true" : "false");
    });
  }

  function toast(box) {
    const close = box.querySelector("[data-close-toast]");
    function gone() {
      box.remove();
    }
    if (close) {
      close.addEventListener("click", gone);
    }
    if (box.dataset.passing) {
      window.setTimeout(gone, 8000);
    }
  }

  /* A document that was asked for opens by itself when it is ready, once: whoever comes back
     from it, or to its page, is left alone. */
  const wanted = `ov-open:${window.location.pathname}`;
  if (window.location.hash === "#ouvrir") {
    window.sessionStorage.setItem(wanted, "1");
    window.history.replaceState(null, "", window.location.pathname + window.location.search);
  }
  function opens(link) {
    if (!window.sessionStorage.getItem(wanted)) {
      return;
    }
    window.sessionStorage.removeItem(wanted);
    function go() {
      // After the page has come: else the document would take its place in the history.
      window.setTimeout(() => window.location.assign(link.href), 0);
    }
    if (document.readyState === "complete") {
      go();
    } else {
      window.addEventListener("load", go);
    }
  }

  /* On the phone the menu is a sheet. */
  function sheetButton(button) {
    const side = document.getElementById("ov-side");
    button.addEventListener("click", () => {
      const open = side.classList.toggle("ov-side-open");
      button.setAttribute("aria-expanded", open ? "true" : "false");
      if (open) {
        side.querySelector("a").focus();
      }
    });
    document.addEventListener("click", (event) => {
      if (!side.contains(event.target) && !button.contains(event.target)) {
        side.classList.remove("ov-side-open");
        button.setAttribute("aria-expanded", "false");
      }
    });
  }

  /* One press is one act: a form that is sent cannot be sent again by impatience. */
  function once(form) {
    form.addEventListener("submit", (event) => {
      if (event.defaultPrevented) {
        return;
      }
      if (form.dataset.sent) {
        event.preventDefault();
        return;
      }
      form.dataset.sent = "1";
      window.setTimeout(() => {
        delete form.dataset.sent;
      }, 4000);
    });
  }

  /* What scrolls sideways can be reached and scrolled with the keyboard, at any width. */
  function scrollable(box) {
    if (!window.ResizeObserver) {
      return;
    }
    new ResizeObserver(() => {
      const reached =
        box.scrollWidth <= box.clientWidth + 1 ||
        box.querySelector("a[href], button, input, select, summary");
      if (reached) {
        box.removeAttribute("tabindex");
      } else {
        box.tabIndex = 0;
      }
    }).observe(box);
  }

  /* A refused form that the server filled in again: the page has its own address, so that to
     load it anew, or to sign in again, leads to it and not to what the form was sent to. */
  function shownAgain(form) {
    window.history.replaceState(null, "", form.dataset.here);
    const dialog = form.closest("dialog[open]");
    if (dialog) {
      dialog.close();
      dialog.showModal();
    }
  }

  function start(root) {
    each(root, "form[data-here]", shownAgain);
    each(
      root,
      ".ov-scroll, .card > .ov-table, .table-responsive, .ov-sect > .ov-table",
      scrollable,
    );
    each(root, ".ov-tabs", showTab);
    each(root, "[data-theme-switch]", themeButton);
    each(root, "[data-dialog]", opener);
    each(root, "dialog.ov-dialog", dialogBox);
    each(root, "form[data-sheet]", filterSheet);
    each(root, "form[data-lean]", lean);
    each(root, "[data-many]", manyOf);
    each(root, "form[data-bulk]", bulk);
    each(root, "select[data-remote]", window.ovFields.remote);
    each(root, "select[multiple]", window.ovFields.several);
    each(root, "select[data-search]", window.ovFields.searched);
    each(root, "textarea[data-mention]", window.ovFields.mention);
    each(root, "[data-tabs]", tabs);
    each(root, "[data-eye]", eye);
    each(root, ".ov-toast", toast);
    each(root, "a[data-opens]", opens);
    each(root, "[data-side]", sheetButton);
    each(root, "form[method=post]:not([data-again])", once);
  }

  /* What opens beside the page: the figure it comes from is marked, Escape or its cross closes
     it. */
  let asideFrom = null;
  function closeAside() {
    const aside = document.querySelector("aside.ov-drawer");
    if (!aside || !aside.firstElementChild) {
      return false;
    }
    aside.textContent = "";
    aside.parentElement.classList.remove("ov-with-drawer");
    document.querySelectorAll(".ov-hit").forEach((cell) => {
      cell.classList.remove("ov-hit");
    });
    if (asideFrom) {
      asideFrom.focus();
    }
    return true;
  }
  document.addEventListener("htmx:afterSwap", (event) => {
    const aside = event.detail.target;
    if (!aside.matches("aside.ov-drawer")) {
      return;
    }
    document.querySelectorAll(".ov-hit").forEach((cell) => {
      cell.classList.remove("ov-hit");
    });
    asideFrom = event.detail.requestConfig.elt;
    aside.parentElement.classList.add("ov-with-drawer");
    const cell = asideFrom.closest("td");
    if (cell) {
      cell.classList.add("ov-hit");
    }
    const cross = aside.querySelector("[data-close-aside]");
    if (cross) {
      cross.focus();
    }
  });
  /* The rest of a table takes the place of the link that asked for it, and of its focus. */
  document.addEventListener("htmx:afterSettle", (event) => {
    const asked = event.detail.requestConfig && event.detail.requestConfig.elt;
    if (!asked || !asked.closest(".ov-unfold") || document.activeElement !== document.body) {
      return;
    }
    const part = document.getElementById(event.detail.target.id);
    if (part) {
      part.tabIndex = -1;
      part.focus({ preventScroll: true });
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-close-aside]") && closeAside()) {
      event.preventDefault();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      closeAside();
    }
  });

  /* A partial answer that is not one: the sign-in, an error. The whole page is shown instead. */
  document.addEventListener("htmx:beforeSwap", (event) => {
    const answer = event.detail.xhr;
    if (answer.responseURL && new URL(answer.responseURL).pathname.startsWith("/login")) {
      event.detail.shouldSwap = false;
      window.location.assign(window.location.href);
    }
  });
  document.addEventListener("htmx:responseError", (event) => {
    const asked = event.detail.requestConfig;
    if (asked && asked.verb === "get" && asked.boosted) {
      window.location.assign(event.detail.pathInfo.finalRequestPath);
    }
  });
  /* Paper is light, and says when and where it was printed. */
  let onScreen = null;
  window.addEventListener("afterprint", () => {
    if (onScreen) {
      document.documentElement.setAttribute("data-bs-theme", onScreen);
    }
    onScreen = null;
  });
  window.addEventListener("beforeprint", () => {
    onScreen = onScreen || document.documentElement.getAttribute("data-bs-theme");
    document.documentElement.setAttribute("data-bs-theme", "light");
    const at = document.querySelector("[data-print-at]");
    if (!at) {
      return;
    }
    const form = new Intl.DateTimeFormat(document.documentElement.lang || "fr", {
      dateStyle: "short",
      timeStyle: "short",
    });
    at.textContent = form.format(new Date());
    document.querySelector("[data-print-url]").textContent = window.location.href.split("#")[0];
  });

  start(document);
  document.addEventListener("htmx:load", (event) => {
    start(event.detail.elt);
  });
})();
