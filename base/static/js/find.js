/* The search box of every page: results below it while one types, by keyboard too. */
(function () {
  "use strict";
  const form = document.querySelector("form[data-find]");
  if (!form) {
    return;
  }
  const box = form.querySelector("input");
  const list = form.querySelector("[role=listbox]");
  let timer = 0;
  let asked = 0;
  let chosen = -1;

  function options() {
    return list.querySelectorAll("[role=option]");
  }
  function close() {
    asked += 1;
    window.clearTimeout(timer);
    list.hidden = true;
    chosen = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  }
  function choose(number) {
    const all = options();
    if (!all.length) {
      return;
    }
    chosen = (number + all.length) % all.length;
    all.forEach((option, n) => {
      option.setAttribute("aria-selected", n === chosen ? "true" : "false");
    });
    box.setAttribute("aria-activedescendant", all[chosen].id);
    all[chosen].scrollIntoView({ block: "nearest" });
  }
  function ask() {
    const words = box.value.trim();
    if (words.length < 2) {
      close();
      return;
    }
    const mine = (asked += 1);
    const url = new URL(form.action);
    url.searchParams.set("q", words);
    url.searchParams.set("part", "1");
    fetch(url, { headers: { "X-Requested-With": "fetch" } })
      .then((answer) => {
        if (!answer.ok || answer.redirected) {
          throw new Error("refused");
        }
        return answer.text();
      })
      .then((text) => {
        if (mine !== asked || document.activeElement !== box) {
          return;
        }
        list.replaceChildren(...new DOMParser().parseFromString(text, "text/html").body.childNodes);
        chosen = -1;
        list.hidden = false;
        box.setAttribute("aria-expanded", "true");
        box.removeAttribute("aria-activedescendant");
      })
      .catch(close);
  }

  box.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(ask, 160);
  });
  box.addEventListener("focus", () => {
    if (box.value.trim().length > 1) {
      ask();
    }
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    }
    if (list.hidden) {
      return;
    }
    if (event.key === "ArrowDown") {
      event.preventDefault();
      choose(chosen + 1);
    }
    if (event.key === "ArrowUp") {
      event.preventDefault();
      choose(chosen < 0 ? -1 : chosen - 1);
    }
    if (event.key === "Enter" && chosen >= 0) {
      event.preventDefault();
      window.location.assign(options()[chosen].href);
    }
  });
  form.addEventListener("focusout", (event) => {
    if (!form.contains(event.relatedTarget)) {
      close();
    }
  });
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    const at = event.target;
    const typing = at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName);
    // On a list the key is for the list's own search.
    if (document.querySelector("[data-list-search]")) {
      return;
    }
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      box.focus();
      box.select();
    }
  });
})();
