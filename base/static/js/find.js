/* The search box of every page: results below it while one types, by keyboard too. */
(function () {
  "use strict";
  var form = document.querySelector("form[data-find]");
  if (!form) { return; }
  var box = form.querySelector("input");
  var list = form.querySelector("[role=listbox]");
  var timer = 0, asked = 0, chosen = -1;

  function options() { return list.querySelectorAll("[role=option]"); }
  function close() {
    asked += 1;
    window.clearTimeout(timer);
    list.hidden = true;
    chosen = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  }
  function choose(number) {
    var all = options();
    if (!all.length) { return; }
    chosen = (number + all.length) % all.length;
    all.forEach(function (option, n) {
      option.setAttribute("aria-selected", n === chosen ? "true" : "false");
    });
    box.setAttribute("aria-activedescendant", all[chosen].id);
    all[chosen].scrollIntoView({ block: "nearest" });
  }
  function ask() {
    var words = box.value.trim();
    if (words.length < 2) { close(); return; }
    var mine = asked += 1;
    var url = new URL(form.action);
    url.searchParams.set("q", words);
    url.searchParams.set("part", "1");
    fetch(url, { headers: { "X-Requested-With": "fetch" } }).then(function (answer) {
      if (!answer.ok || answer.redirected) { throw new Error("refused"); }
      return answer.text();
    }).then(function (text) {
      if (mine !== asked || document.activeElement !== box) { return; }
      list.replaceChildren.apply(
        list, new DOMParser().parseFromString(text, "text/html").body.childNodes
      );
      chosen = -1;
      list.hidden = false;
      box.setAttribute("aria-expanded", "true");
      box.removeAttribute("aria-activedescendant");
    }).catch(close);
  }

  box.addEventListener("input", function () {
    window.clearTimeout(timer);
    timer = window.setTimeout(ask, 160);
  });
  box.addEventListener("focus", function () { if (box.value.trim().length > 1) { ask(); } });
  box.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && !list.hidden) { event.preventDefault(); close(); }
    if (list.hidden) { return; }
    if (event.key === "ArrowDown") { event.preventDefault(); choose(chosen + 1); }
    if (event.key === "ArrowUp") { event.preventDefault(); choose(chosen < 0 ? -1 : chosen - 1); }
    if (event.key === "Enter" && chosen >= 0) {
      event.preventDefault();
      window.location.assign(options()[chosen].href);
    }
  });
  form.addEventListener("focusout", function (event) {
    if (!form.contains(event.relatedTarget)) { close(); }
  });
  list.addEventListener("mousedown", function (event) { event.preventDefault(); });
  document.addEventListener("keydown", function (event) {
    var at = event.target;
    var typing = at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName);
    // On a list the key is for the list's own search.
    if (document.querySelector("[data-list-search]")) { return; }
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      box.focus();
      box.select();
    }
  });
})();
