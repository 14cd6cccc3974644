/* Board and calendar: a card that is dropped, or moved from its menu or the keyboard, is a verb of
   the list; the server decides. */
(function () {
  "use strict";
  const lists = window.ovList;

  /* What both share: sending a verb for one card, asking what it asks for, saying what came of
     it. */
  function verbs(form) {
    const said = document.querySelector("[data-board-said]");

    function refused(words, back) {
      if (back) {
        back();
      }
      lists.say(words, true);
      said.textContent = words;
    }
    /* ``typed``: with the fields of the verb's dialog; else what they still hold was typed for
       another card. ``again`` takes a refusal for what lacks. */
    function send(card, verb, back, { values, typed, again }) {
      const id = card.dataset.card;
      const url = form.dataset.action.replace("VERB", verb).replace("/0", `/${id}`);
      const data = new FormData(form);
      if (!typed) {
        [...data.keys()]
          .filter((name) => name.startsWith(`${verb}.`))
          .forEach((name) => {
            data.delete(name);
          });
      }
      Object.keys(values || {}).forEach((name) => {
        data.set(`${verb}.${name}`, values[name]);
      });
      card.setAttribute("aria-busy", "true");
      fetch(`${url}?${form.dataset.query}`, {
        method: "POST",
        body: data,
        credentials: "same-origin",
        headers: { Accept: "application/json" },
      })
        .then((answer) => answer.json().then((told) => ({ ok: answer.ok, told })))
        .then((result) => {
          card.removeAttribute("aria-busy");
          if (!result.ok && again && result.told.asks) {
            again(result.told);
            return;
          }
          if (!result.ok) {
            refused(result.told.message, back);
            return;
          }
          said.textContent = result.told.message;
          lists.keepFocus("card", id);
          document.activeElement.blur();
          window.htmx
            .ajax("GET", window.location.href, {
              source: lists.box(),
              target: "#ov-list",
              select: "#ov-list",
              swap: "outerHTML",
            })
            .then(() => {
              lists.say(result.told.message);
            });
        })
        .catch(() => {
          card.removeAttribute("aria-busy");
          refused(document.body.dataset.offline, back);
        });
    }
    function ask(card, verb, back) {
      const dialog = document.querySelector(`dialog[data-verb='${verb}']`);
      if (!dialog) {
        send(card, verb, back, {});
      } else if ("asksAgain" in dialog.dataset) {
        /* It asks only for what lacks: the server says what, and proposes. */
        function again(told) {
          Object.keys(told.asks).forEach((name) => {
            fill(dialog.querySelector(`[name='${verb}.${name}']`), told.asks[name]);
          });
          open(dialog, card, verb, back, told.message);
        }
        send(card, verb, back, { again });
      } else {
        open(dialog, card, verb, back);
      }
    }
    /* What is refused stays typed: the dialog comes again, with why. */
    function open(dialog, card, verb, back, why) {
      let sent = false;
      let again = null;
      if (why) {
        dialog.querySelector("[data-verb-why]").textContent = why;
        again = (told) => open(dialog, card, verb, back, told.message);
      }
      dialog.querySelectorAll("[data-verb-go]").forEach((go) => {
        go.onclick = function (event) {
          const values = go.dataset.tells ? { [go.dataset.tells]: "1" } : {};
          event.preventDefault();
          sent = true;
          dialog.close();
          send(card, verb, back, { values, typed: true, again });
        };
      });
      dialog.addEventListener(
        "close",
        () => {
          if (sent) {
            return;
          }
          if (back) {
            back();
          }
          card.querySelector("a[data-open]").focus({ focusVisible: true });
        },
        { once: true },
      );
      dialog.showModal();
    }
    return { send, ask, refused };
  }

  /* A field with a text, or the record of ``{ value, text }``. */
  function fill(field, told) {
    const value = told.text === undefined ? told : String(told.value);
    if (field.tomselect) {
      field.tomselect.clear(true);
      if (value) {
        field.tomselect.addOption({ value, text: told.text });
        field.tomselect.setValue(value, true);
      }
    } else {
      if (told.text !== undefined) {
        field.add(new Option(told.text, value));
      }
      field.value = value;
    }
  }

  const DRAG = {
    sort: false,
    animation: 120,
    forceFallback: true,
    fallbackOnBody: true,
    fallbackTolerance: 4,
    delay: 180,
    delayOnTouchOnly: true,
    preventOnFilter: false,
  };
  function draggable(place, more) {
    window.Sortable.create(place, { ...DRAG, ...more });
  }

  function board(form) {
    const act = verbs(form);
    function movesOf(lane) {
      const found = {};
      lane.dataset.moves
        .trim()
        .split(" ")
        .forEach((pair) => {
          if (pair) {
            found[pair.split(":")[0]] = pair.split(":")[1];
          }
        });
      return found;
    }
    function wordsOf(lane) {
      return lane.closest(".ov-lane").getAttribute("aria-label");
    }

    form.addEventListener("click", (event) => {
      const choice = event.target.closest("[data-move]");
      if (!choice) {
        return;
      }
      event.preventDefault();
      choice.closest("details").open = false;
      act.ask(choice.closest("[data-card]"), choice.dataset.move, null);
    });

    if (!window.Sortable) {
      return;
    }
    form.querySelectorAll("[data-lane]").forEach((lane) => {
      draggable(lane, {
        group: "board",
        draggable: ".ov-kcard",
        filter: "summary, .ov-pop",
        onStart() {
          const moves = movesOf(lane);
          form.querySelectorAll("[data-lane]").forEach((other) => {
            if (other === lane) {
              return;
            }
            other.parentNode.classList.add(
              moves[other.dataset.lane] ? "ov-lane-can" : "ov-lane-cannot",
            );
          });
        },
        onEnd(event) {
          form.querySelectorAll(".ov-lane").forEach((one) => {
            one.classList.remove("ov-lane-can", "ov-lane-cannot");
          });
          if (event.to === event.from) {
            return;
          }
          const place = event.from.children[event.oldIndex] || null;
          function back() {
            event.from.insertBefore(event.item, place);
          }
          const verb = movesOf(event.from)[event.to.dataset.lane];
          if (!verb) {
            act.refused(
              form.dataset.refused
                .replace("{from}", wordsOf(event.from))
                .replace("{to}", wordsOf(event.to)),
              back,
            );
            return;
          }
          act.ask(event.item, verb, back);
        },
      });
    });
  }

  /* A card goes to a day, and in the week to a person's line as well. */
  function calendar(form) {
    const act = verbs(form);
    const verb = form.dataset.calendar;
    const cells = [...form.querySelectorAll("[data-on]")];

    function move(card, from, to, back) {
      const values = {};
      if (to.dataset.on) {
        values[form.dataset.column] = to.dataset.on;
      }
      if (to.dataset.line !== undefined && to.dataset.line !== from.dataset.line) {
        if (!to.dataset.line && from.dataset.line) {
          act.refused(form.dataset.nobody, back);
          return;
        }
        if (to.dataset.line) {
          values[form.dataset.resource] = to.dataset.line;
        }
      }
      act.send(card, verb, back, { values });
    }
    /* The verb's own dialog, filled with where the card stands. */
    function open(card) {
      const cell = card.closest("[data-on]");
      const day = document.getElementById(`ov-v-${verb}-${form.dataset.column}`);
      const who = document.getElementById(`ov-v-${verb}-${form.dataset.resource}`);
      if (day) {
        fill(day, cell.dataset.on || "");
      }
      if (who) {
        fill(who, cell.dataset.line ? { value: cell.dataset.line, text: cell.dataset.who } : "");
      }
      act.ask(card, verb, null);
    }
    function beside(cell, key) {
      const width = Number(form.dataset.width);
      const at = cells.indexOf(cell);
      if (!cell.dataset.on) {
        return null;
      }
      if (key === "ArrowLeft") {
        return cell.dataset.line === undefined || at % width ? cells[at - 1] : null;
      }
      if (key === "ArrowRight") {
        return cell.dataset.line === undefined || (at + 1) % width ? cells[at + 1] : null;
      }
      return cells[at + (key === "ArrowUp" ? -width : width)];
    }

    form.addEventListener("click", (event) => {
      const button = event.target.closest("[data-plan]");
      if (button) {
        open(button.closest("[data-card]"));
      }
    });
    form.addEventListener("keydown", (event) => {
      const link = event.target.closest("a[data-open]");
      const card = link && link.closest("[data-card]");
      if (!card || event.ctrlKey || event.metaKey || event.altKey) {
        return;
      }
      const to =
        event.shiftKey && event.key.startsWith("Arrow")
          ? beside(card.closest("[data-on]"), event.key)
          : null;
      if (to) {
        move(card, card.closest("[data-on]"), to, null);
      } else if (event.key === "m") {
        open(card);
      } else {
        return;
      }
      event.preventDefault();
      event.stopPropagation();
    });

    if (!window.Sortable) {
      return;
    }
    cells.forEach((cell) => {
      draggable(cell, {
        group: { name: "calendar", put: Boolean(cell.dataset.on) },
        draggable: "[data-card]",
        filter: "button",
        onStart() {
          form.classList.add("ov-dropping");
        },
        onEnd(event) {
          form.classList.remove("ov-dropping");
          if (event.to === event.from) {
            return;
          }
          const place = event.from.children[event.oldIndex] || null;
          move(event.item, event.from, event.to, () => {
            event.from.insertBefore(event.item, place);
          });
        },
      });
    });
  }

  function once(root, selector, work) {
    const found = [...root.querySelectorAll(selector)];
    if (root.matches && root.matches(selector)) {
      found.unshift(root);
    }
    found.forEach((node) => {
      if (node.ovMoves) {
        return;
      }
      node.ovMoves = true;
      work(node);
    });
  }
  function start(root) {
    once(root, "form[data-board]", board);
    once(root, "form[data-calendar]", calendar);
  }
  start(document);
  document.addEventListener("htmx:load", (event) => {
    start(event.detail.elt);
  });
})();
