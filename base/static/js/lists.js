/* Lists: the keyboard, the choice of columns, the board, the address that says the whole state. */
(function () {
  "use strict";

  function list() {
    return document.getElementById("ov-list");
  }

  function say(words, late) {
    let box = document.querySelector(".ov-toasts");
    if (!box) {
      box = document.createElement("div");
      box.className = "ov-toasts";
      document.body.appendChild(box);
    }
    box.setAttribute("role", "status");
    const line = document.createElement("div");
    line.className = `ov-toast${late ? " ov-toast-late" : ""}`;
    line.textContent = words;
    box.appendChild(line);
    window.setTimeout(
      () => {
        line.remove();
      },
      late ? 12000 : 5000,
    );
  }

  /* The address says what is seen, so that copying it is enough. */
  function address() {
    const box = list();
    if (!box || !box.dataset.state) {
      return;
    }
    const here = new URLSearchParams(window.location.search);
    const missing = [];
    new URLSearchParams(box.dataset.state).forEach((value, name) => {
      if (!here.has(name)) {
        missing.push([name, value]);
      }
    });
    if (!missing.length) {
      return;
    }
    missing.forEach((pair) => {
      here.append(pair[0], pair[1]);
    });
    history.replaceState(history.state, "", `${window.location.pathname}?${here}`);
  }

  document.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest("[data-copy-link]");
      if (!link || !navigator.clipboard) {
        return;
      }
      event.preventDefault();
      event.stopPropagation();
      navigator.clipboard.writeText(link.href).then(
        () => {
          link.closest("details").open = false;
          say(link.dataset.copied);
        },
        () => {
          window.location.assign(link.href);
        },
      );
    },
    true,
  );

  /* Keyboard. The row in hand is the one whose link has the focus, so Enter opens it by itself. */
  function stops() {
    return [...document.querySelectorAll("#ov-list a[data-open], #ov-list a[data-fold]")].filter(
      (link) => link.offsetParent !== null,
    );
  }
  function go(link) {
    if (!link) {
      return;
    }
    link.focus({ focusVisible: true });
    link.scrollIntoView({ block: "nearest" });
  }
  function step(by, held) {
    const links = stops();
    const at = links.indexOf(held);
    go(at < 0 ? links[by > 0 ? 0 : links.length - 1] : links[at + by]);
  }
  function aside(by, held) {
    const lane = held.closest("[data-lane]");
    if (!lane) {
      if (
        held.dataset.fold !== undefined &&
        (held.getAttribute("aria-expanded") === "true") === by < 0
      ) {
        held.click();
      }
      return;
    }
    const lanes = [...document.querySelectorAll("[data-lane]")];
    const place = [...lane.querySelectorAll("a[data-open]")].indexOf(held);
    for (let n = lanes.indexOf(lane) + by; n >= 0 && n < lanes.length; n += by) {
      const cards = lanes[n].querySelectorAll("a[data-open]");
      if (cards.length) {
        go(cards[Math.min(place, cards.length - 1)]);
        return;
      }
    }
  }
  function tick(held) {
    const row = held.closest("tr");
    const box = row && row.querySelector("input[name=rowid]");
    if (!box) {
      return;
    }
    box.checked = !box.checked;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }
  function typing(node) {
    return (
      node &&
      (node.isContentEditable ||
        /^(TEXTAREA|SELECT)$/.test(node.tagName) ||
        (node.tagName === "INPUT" && node.type !== "checkbox"))
    );
  }

  document.addEventListener("keydown", (event) => {
    if (!list() || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) {
      return;
    }
    const held = document.activeElement;
    if (typing(held) || document.querySelector("dialog[open]")) {
      return;
    }
    const inMenu = held && held.closest(".ov-pop");
    const row = held && held.closest && !inMenu && held.closest("tr[data-row], [data-card]");
    const link =
      held && held.matches("a[data-open], a[data-fold]")
        ? held
        : row && row.querySelector("a[data-open]");
    let done = true;
    switch (event.key) {
      case "j":
        step(1, link);
        break;
      case "k":
        step(-1, link);
        break;
      case "ArrowDown":
        if (link) {
          step(1, link);
        } else {
          done = false;
        }
        break;
      case "ArrowUp":
        if (link) {
          step(-1, link);
        } else {
          done = false;
        }
        break;
      case "ArrowRight":
        if (link) {
          aside(1, link);
        } else {
          done = false;
        }
        break;
      case "ArrowLeft":
        if (link) {
          aside(-1, link);
        } else {
          done = false;
        }
        break;
      case "x":
        if (link) {
          tick(link);
        } else {
          done = false;
        }
        break;
      case "m":
        const menu =
          link &&
          link.closest("[data-card]") &&
          link.closest("[data-card]").querySelector("details.ov-menu");
        if (menu) {
          menu.open = true;
          menu.querySelector("button").focus();
        } else {
          done = false;
        }
        break;
      case "/":
        focusOn("[data-list-search]");
        break;
      case "f":
        press("[data-list-filter]");
        break;
      case "?":
        document.getElementById("ov-keys").showModal();
        break;
      default:
        done = false;
    }
    if (done) {
      event.preventDefault();
    }
  });
  function focusOn(selector) {
    const field = document.querySelector(selector);
    if (field) {
      field.focus();
      field.select();
    }
  }
  function press(selector) {
    const button = document.querySelector(selector);
    // Escape brings the focus back to it.
    if (button) {
      button.focus();
      button.click();
    }
  }
  /* What had the focus before a part of the page was replaced has it again. */
  let again = null;
  function keepFocus(kind, key) {
    again = [kind, key];
    window.setTimeout(() => {
      again = null;
    }, 3000);
  }
  document.addEventListener("htmx:beforeSwap", () => {
    const held = document.activeElement;
    if (held && held.dataset && held.dataset.fold !== undefined) {
      keepFocus("fold", held.dataset.fold);
    }
  });
  /* Several parts settle one after the other: each time, until one of them has it. */
  document.addEventListener("htmx:afterSettle", () => {
    address();
    if (!again || document.activeElement !== document.body) {
      return;
    }
    document.querySelectorAll(`[data-${again[0]}]`).forEach((node) => {
      if (again && node.dataset[again[0]] === again[1]) {
        (node.matches("a") ? node : node.querySelector("a[data-open]")).focus({
          focusVisible: true,
        });
      }
    });
  });

  /* "All the list" is offered when the whole page is ticked. */
  function every(form) {
    const offer = form.querySelector("[data-every]");
    if (!offer) {
      return;
    }
    const box = offer.querySelector("input");
    const words = form.querySelector("[data-count]");
    function look(event) {
      const boxes = [...form.querySelectorAll("input[name=rowid]")];
      const whole = boxes.length > 0 && boxes.every((one) => one.checked);
      offer.hidden = !whole;
      if (!whole || (event && event.target !== box && event.target.name === "rowid")) {
        box.checked = false;
      }
      if (box.checked) {
        words.textContent = box.dataset.words;
      }
    }
    form.addEventListener("change", look);
    form.addEventListener("click", (event) => {
      if (event.target.closest("[data-none]")) {
        box.checked = false;
        look();
      }
    });
  }

  /* A verb whose question the rows decide: the server says it, of the rows that are then done. */
  function asking(form) {
    function ask(event) {
      const button = event.submitter;
      if (!button || !("asks" in button.dataset) || form.dataset.confirmed) {
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      const body = new FormData(form, button);
      body.set("ask", "1");
      const options = { method: "POST", body, headers: { Accept: "application/json" } };
      /* Its buttons are called "action": the address is the attribute. */
      fetch(form.getAttribute("action"), options)
        .then((answer) => (answer.ok ? answer.json() : {}))
        .catch(() => ({}))
        .then((told) => {
          if (told.question) {
            const rows = document.createElement("input");
            rows.type = "hidden";
            rows.name = "rows";
            rows.value = told.rows;
            form.appendChild(rows);
            button.dataset.confirm = told.question;
            /* Of this question alone, whatever is answered. */
            const dialog = document.getElementById("ov-confirm");
            dialog.addEventListener("close", () => rows.remove(), { once: true });
          } else {
            /* Refused or unheard: sent as it is, the page that follows says why. */
            form.dataset.confirmed = "1";
          }
          form.requestSubmit(button);
          delete button.dataset.confirm;
          delete form.dataset.confirmed;
        });
    }
    /* Before whoever counts the form as sent. */
    form.addEventListener("submit", ask, true);
  }

  /* Columns: dragged, or moved with the arrows from their handle. */
  function columns(form) {
    const names = form.querySelector("[data-column-list]");
    const search = form.querySelector("[data-column-search]");
    if (window.Sortable) {
      window.Sortable.create(names, { handle: ".ov-grip", animation: 120, forceFallback: true });
    }
    names.addEventListener("keydown", (event) => {
      const grip = event.target.closest(".ov-grip");
      if (!grip || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) {
        return;
      }
      const line = grip.closest("li");
      const other = event.key === "ArrowUp" ? line.previousElementSibling : line.nextElementSibling;
      event.preventDefault();
      if (!other) {
        return;
      }
      names.insertBefore(line, event.key === "ArrowUp" ? other : other.nextSibling);
      grip.focus();
    });
    if (search) {
      search.addEventListener("input", () => {
        const typed = search.value.trim().toLowerCase();
        names.querySelectorAll("li").forEach((line) => {
          line.hidden = !line.dataset.name.includes(typed);
        });
      });
      search.addEventListener("keydown", (event) => {
        if (event.key === "Enter") {
          event.preventDefault();
        }
      });
    }
  }

  function once(root, selector, work) {
    const found = [...root.querySelectorAll(selector)];
    if (root.matches && root.matches(selector)) {
      found.unshift(root);
    }
    found.forEach((node) => {
      if (node.ovList) {
        return;
      }
      node.ovList = true;
      work(node);
    });
  }
  function start(root) {
    once(root, "form[data-bulk]", (form) => {
      every(form);
      asking(form);
    });
    once(root, "form[data-columns]", columns);
  }
  /* What the board and the calendar need of it. */
  window.ovList = { box: list, say, keepFocus };
  start(document);
  address();
  document.addEventListener("htmx:load", (event) => {
    start(event.detail.elt);
  });
})();
