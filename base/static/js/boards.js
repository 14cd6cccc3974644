/* Board and calendar: a card that is dropped, or moved from its menu or the keyboard, is a verb of
   the list; the server decides. */
(function () {
  "use strict";
  var lists = window.ovList;

  /* What both share: sending a verb for one card, asking what it asks for, saying what came of it. */
  function verbs(form) {
    var said = document.querySelector("[data-board-said]");

    function refused(words, back) {
      if (back) { back(); }
      lists.say(words, true);
      said.textContent = words;
    }
    function send(card, verb, back, values) {
      var id = card.dataset.card;
      var url = form.dataset.action.replace("VERB", verb).replace("/0", "/" + id);
      var data = new FormData(form);
      Object.keys(values || {}).forEach(function (name) { data.set(verb + "." + name, values[name]); });
      card.setAttribute("aria-busy", "true");
      fetch(url + "?" + form.dataset.query, {
        method: "POST", body: data, credentials: "same-origin", headers: { Accept: "application/json" }
      }).then(function (answer) {
        return answer.json().then(function (told) { return { ok: answer.ok, told: told }; });
      }).then(function (result) {
        card.removeAttribute("aria-busy");
        if (!result.ok) { refused(result.told.message, back); return; }
        said.textContent = result.told.message;
        lists.keepFocus("card", id);
        document.activeElement.blur();
        window.htmx.ajax("GET", window.location.href, { source: lists.box(), target: "#ov-list", select: "#ov-list", swap: "outerHTML" })
          .then(function () { lists.say(result.told.message); });
      }).catch(function () {
        card.removeAttribute("aria-busy");
        refused(document.body.dataset.offline, back);
      });
    }
    function ask(card, verb, back) {
      var dialog = document.querySelector("dialog[data-verb='" + verb + "']");
      if (!dialog) { send(card, verb, back); return; }
      var go = dialog.querySelector("[data-verb-go]");
      var sent = false;
      go.onclick = function (event) {
        event.preventDefault();
        sent = true;
        dialog.close();
        send(card, verb, back);
      };
      dialog.addEventListener("close", function () {
        if (sent) { return; }
        if (back) { back(); }
        card.querySelector("a[data-open]").focus({ focusVisible: true });
      }, { once: true });
      dialog.showModal();
    }
    return { send: send, ask: ask, refused: refused };
  }

  var DRAG = {
    sort: false, animation: 120, forceFallback: true, fallbackOnBody: true, fallbackTolerance: 4,
    delay: 180, delayOnTouchOnly: true, preventOnFilter: false
  };
  function draggable(place, more) { window.Sortable.create(place, Object.assign({}, DRAG, more)); }

  function board(form) {
    var act = verbs(form);
    function movesOf(lane) {
      var found = {};
      lane.dataset.moves.trim().split(" ").forEach(function (pair) {
        if (pair) { found[pair.split(":")[0]] = pair.split(":")[1]; }
      });
      return found;
    }
    function wordsOf(lane) { return lane.closest(".ov-lane").getAttribute("aria-label"); }

    form.addEventListener("click", function (event) {
      var choice = event.target.closest("[data-move]");
      if (!choice) { return; }
      event.preventDefault();
      choice.closest("details").open = false;
      act.ask(choice.closest("[data-card]"), choice.dataset.move, null);
    });

    if (!window.Sortable) { return; }
    form.querySelectorAll("[data-lane]").forEach(function (lane) {
      draggable(lane, {
        group: "board", draggable: ".ov-kcard", filter: "summary, .ov-pop",
        onStart: function () {
          var moves = movesOf(lane);
          form.querySelectorAll("[data-lane]").forEach(function (other) {
            if (other === lane) { return; }
            other.parentNode.classList.add(moves[other.dataset.lane] ? "ov-lane-can" : "ov-lane-cannot");
          });
        },
        onEnd: function (event) {
          form.querySelectorAll(".ov-lane").forEach(function (one) { one.classList.remove("ov-lane-can", "ov-lane-cannot"); });
          if (event.to === event.from) { return; }
          var place = event.from.children[event.oldIndex] || null;
          function back() { event.from.insertBefore(event.item, place); }
          var verb = movesOf(event.from)[event.to.dataset.lane];
          if (!verb) {
            act.refused(form.dataset.refused.replace("{from}", wordsOf(event.from)).replace("{to}", wordsOf(event.to)), back);
            return;
          }
          act.ask(event.item, verb, back);
        }
      });
    });
  }

  /* A card goes to a day, and in the week to a person's line as well. */
  function calendar(form) {
    var act = verbs(form);
    var verb = form.dataset.calendar;
    var cells = Array.prototype.slice.call(form.querySelectorAll("[data-on]"));

    function move(card, from, to, back) {
      var values = {};
      if (to.dataset.on) { values[form.dataset.column] = to.dataset.on; }
      if (to.dataset.line !== undefined && to.dataset.line !== from.dataset.line) {
        if (!to.dataset.line && from.dataset.line) { act.refused(form.dataset.nobody, back); return; }
        if (to.dataset.line) { values[form.dataset.resource] = to.dataset.line; }
      }
      act.send(card, verb, back, values);
    }
    /* The verb's own dialog, filled with where the card stands. */
    function open(card) {
      var cell = card.closest("[data-on]");
      var day = document.getElementById("ov-v-" + verb + "-" + form.dataset.column);
      var who = document.getElementById("ov-v-" + verb + "-" + form.dataset.resource);
      if (day) { day.value = cell.dataset.on || ""; }
      if (who && who.tomselect) {
        who.tomselect.clear(true);
        if (cell.dataset.line) {
          who.tomselect.addOption({ value: cell.dataset.line, text: cell.dataset.who });
          who.tomselect.setValue(cell.dataset.line, true);
        }
      }
      act.ask(card, verb, null);
    }
    function beside(cell, key) {
      var width = Number(form.dataset.width);
      var at = cells.indexOf(cell);
      if (!cell.dataset.on) { return null; }
      if (key === "ArrowLeft") { return cell.dataset.line === undefined || at % width ? cells[at - 1] : null; }
      if (key === "ArrowRight") { return cell.dataset.line === undefined || (at + 1) % width ? cells[at + 1] : null; }
      return cells[at + (key === "ArrowUp" ? -width : width)];
    }

    form.addEventListener("click", function (event) {
      var button = event.target.closest("[data-plan]");
      if (button) { open(button.closest("[data-card]")); }
    });
    form.addEventListener("keydown", function (event) {
      var link = event.target.closest("a[data-open]");
      var card = link && link.closest("[data-card]");
      if (!card || event.ctrlKey || event.metaKey || event.altKey) { return; }
      var to = event.shiftKey && /^Arrow/.test(event.key) ? beside(card.closest("[data-on]"), event.key) : null;
      if (to) { move(card, card.closest("[data-on]"), to, null); }
      else if (event.key === "m") { open(card); }
      else { return; }
      event.preventDefault();
      event.stopPropagation();
    });

    if (!window.Sortable) { return; }
    cells.forEach(function (cell) {
      draggable(cell, {
        group: { name: "calendar", put: Boolean(cell.dataset.on) }, draggable: "[data-card]", filter: "button",
        onStart: function () { form.classList.add("ov-dropping"); },
        onEnd: function (event) {
          form.classList.remove("ov-dropping");
          if (event.to === event.from) { return; }
          var place = event.from.children[event.oldIndex] || null;
          move(event.item, event.from, event.to, function () { event.from.insertBefore(event.item, place); });
        }
      });
    });
  }

  function once(root, selector, work) {
    var found = Array.prototype.slice.call(root.querySelectorAll(selector));
    if (root.matches && root.matches(selector)) { found.unshift(root); }
    found.forEach(function (node) {
      if (node.ovMoves) { return; }
      node.ovMoves = true;
      work(node);
    });
  }
  function start(root) {
    once(root, "form[data-board]", board);
    once(root, "form[data-calendar]", calendar);
  }
  start(document);
  document.addEventListener("htmx:load", function (event) { start(event.detail.elt); });
})();
