/* Fields that ask the server: relations, and people named in a message. */
(function () {
  "use strict";

  /* What is chosen hides behind what is typed over it. */
  function overlaid(box) {
    function mark() {
      box.wrapper.classList.toggle("ov-typing", box.control_input.value !== "");
    }
    ["input", "update"].forEach((name) => {
      box.control_input.addEventListener(name, mark);
    });
  }

  /* Relations: the server is asked for at most twenty rows that fit the words typed. */
  function remote(select) {
    if (!window.TomSelect) {
      return;
    }
    const words = document.body.dataset;
    let asked = 0;
    const box = new window.TomSelect(select, {
      valueField: "value",
      labelField: "text",
      searchField: [],
      maxOptions: 50,
      preload: "focus",
      closeAfterSelect: true,
      loadThrottle: 200,
      allowEmptyOption: false,
      maxItems: select.multiple ? null : 1,
      plugins: select.multiple ? ["remove_button"] : [],
      placeholder: select.getAttribute("placeholder") || words.search,
      shouldLoad() {
        return true;
      },
      /* Nothing of the last question stays to be chosen by a quick Enter. */
      onType() {
        box.clearOptions();
      },
      score() {
        return function () {
          return 1;
        };
      },
      load(typed, done) {
        const url = new URL(select.dataset.remote, window.location.href);
        url.searchParams.set("q", typed);
        const mine = (asked += 1);
        fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" })
          .then((answer) => (answer.ok ? answer.json() : []))
          .then(
            (rows) => {
              /* An answer that comes after a newer question is dropped. */
              if (mine !== asked || box.inputValue() !== typed.trim()) {
                done();
                return;
              }
              box.clearOptions();
              done(rows);
            },
            () => {
              done();
            },
          );
      },
      render: {
        option(row, escape) {
          return `<div>${escape(row.text)}${aside(row, escape)}</div>`;
        },
        item(row, escape) {
          return `<div>${escape(row.text)}${aside(row, escape)}</div>`;
        },
        no_results() {
          return note(words.nothing);
        },
        loading() {
          return note(words.wait);
        },
      },
    });
    overlaid(box);
    /* The input that stands for it carries the label. */
    select.setAttribute("aria-hidden", "true");
    if (select.getAttribute("aria-describedby")) {
      box.control_input.setAttribute("aria-describedby", select.getAttribute("aria-describedby"));
    }
  }
  /* What tells two rows of one name apart, on a second line. */
  function aside(row, escape) {
    return row.aside ? `<span class="ov-aside">${escape(row.aside)}</span>` : "";
  }
  function note(words) {
    const line = document.createElement("div");
    line.className = "no-results";
    line.textContent = words || "";
    return line;
  }
  function several(select) {
    if (!window.TomSelect || select.dataset.remote) {
      return;
    }
    new window.TomSelect(select, { plugins: ["remove_button"], maxOptions: 200 });
    select.setAttribute("aria-hidden", "true");
  }

  /* One choice among many that stand on the page: found by its words and by its other names. */
  function searched(select) {
    if (!window.TomSelect) {
      return;
    }
    const words = document.body.dataset;
    const box = new window.TomSelect(select, {
      maxOptions: 200,
      searchField: ["text", "words"],
      allowEmptyOption: true,
      dropdownParent: "body",
      render: {
        no_results() {
          return note(words.nothing);
        },
      },
    });
    overlaid(box);
    select.setAttribute("aria-hidden", "true");
  }

  /* "@" in a message offers the people who can be named; arrows choose, Enter or Tab takes. */
  function mention(area) {
    const list = document.createElement("ul");
    list.className = "ov-mentions";
    list.id = `mentions-${Math.random().toString(36).slice(2)}`;
    list.setAttribute("role", "listbox");
    list.hidden = true;
    area.parentNode.insertBefore(list, area.nextSibling);
    area.setAttribute("aria-controls", list.id);
    area.setAttribute("aria-autocomplete", "list");
    let asked = 0;
    let timer = 0;
    let at = -1;
    function word() {
      const before = area.value.slice(0, area.selectionStart);
      const found = /(?:^|[^\w@.])@([\w.+-]{0,64})$/.exec(before);
      return found ? found[1] : null;
    }
    function close() {
      list.hidden = true;
      at = -1;
      area.removeAttribute("aria-activedescendant");
    }
    function mark(index) {
      const items = list.children;
      at = (index + items.length) % items.length;
      for (let i = 0; i < items.length; i += 1) {
        items[i].setAttribute("aria-selected", String(i === at));
      }
      area.setAttribute("aria-activedescendant", items[at].id);
    }
    function take(name) {
      const start = area.selectionStart - word().length;
      area.setRangeText(`${name} `, start, area.selectionStart, "end");
      close();
      area.focus();
    }
    function ask() {
      const typed = word();
      if (typed === null) {
        close();
        return;
      }
      const mine = (asked += 1);
      const url = new URL(area.dataset.mention, window.location.href);
      url.searchParams.set("q", typed);
      fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" })
        .then((answer) => (answer.ok ? answer.json() : []))
        .then((rows) => {
          if (mine !== asked || word() === null) {
            return;
          }
          list.replaceChildren();
          rows.slice(0, 8).forEach((row, index) => {
            const item = document.createElement("li");
            item.id = `${list.id}-${index}`;
            item.setAttribute("role", "option");
            item.textContent = `${row.text} @${row.name}`;
            item.dataset.name = row.name;
            item.addEventListener("mousedown", (event) => {
              event.preventDefault();
              take(row.name);
            });
            list.appendChild(item);
          });
          list.hidden = !rows.length;
          if (rows.length) {
            mark(0);
          }
        }, close);
    }
    area.addEventListener("input", () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(ask, 150);
    });
    area.addEventListener("blur", close);
    area.addEventListener("keydown", (event) => {
      if (list.hidden || !list.children.length) {
        return;
      }
      if (event.key === "ArrowDown") {
        mark(at + 1);
      } else if (event.key === "ArrowUp") {
        mark(at - 1);
      } else if (event.key === "Enter" || event.key === "Tab") {
        take(list.children[at].dataset.name);
      } else if (event.key === "Escape") {
        close();
      } else {
        return;
      }
      event.preventDefault();
    });
  }

  window.ovFields = { remote, several, searched, mention };
})();
