/* What a picture or a part of the page waits for, and what is said when it does not come. */
(function () {
  "use strict";
  function words(name) {
    return document.body.dataset[name] || "";
  }

  /* Why it failed, in a sentence, and whether signing in again is what helps. */
  function reason(answer) {
    if (!answer) {
      return { text: words("offline") };
    }
    if (answer.redirected && new URL(answer.url).pathname.startsWith("/login")) {
      return { text: words("signedOut"), signIn: true };
    }
    if (answer.status === 403 || answer.status === 404) {
      return { text: words("refused") };
    }
    return { text: words("broken") };
  }

  function button(text, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "btn btn-s";
    made.textContent = text;
    made.addEventListener("click", act);
    return made;
  }

  /* A box in place of the picture: the sentence, and the button that tries again. */
  function fail(box, why, again) {
    const note = document.createElement("div");
    note.className = "ov-fail";
    note.setAttribute("role", "alert");
    const line = document.createElement("p");
    line.textContent = why.text;
    note.appendChild(line);
    /* Coming back to this very page after the sign-in. */
    note.appendChild(
      why.signIn
        ? button(words("signIn"), () => {
            window.location.reload();
          })
        : button(words("retry"), again),
    );
    /* Over the box, which keeps its place: nothing on the page moves. */
    box.parentNode.insertBefore(note, box.nextSibling);
    box.parentNode.classList.add("ov-fail-in");
    note.style.top = `${box.offsetTop}px`;
    note.style.height = `${box.offsetHeight}px`;
    box.classList.add("ov-failed");
  }
  function clear(box) {
    box.classList.remove("ov-failed");
    const note = box.nextElementSibling;
    if (note && note.classList.contains("ov-fail")) {
      note.remove();
    }
  }

  /* JSON for a box: busy while it is on its way; ``work`` gets it, a failure stands in its
     place. */
  function load(box, url, work) {
    const mine = (box.ovAsked = (box.ovAsked || 0) + 1);
    function failed(why) {
      if (mine !== box.ovAsked) {
        return;
      }
      box.removeAttribute("aria-busy");
      clear(box);
      fail(box, why, () => {
        load(box, url, work);
      });
    }
    box.setAttribute("aria-busy", "true");
    fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" }).then(
      (answer) => {
        if (!answer.ok || answer.redirected) {
          failed(reason(answer));
          return;
        }
        answer.json().then(
          (data) => {
            if (mine !== box.ovAsked) {
              return;
            }
            box.removeAttribute("aria-busy");
            clear(box);
            work(data);
          },
          () => {
            failed(reason(answer));
          },
        );
      },
      () => {
        failed(reason(null));
      },
    );
  }

  /* A part that htmx could not get: said in a toast that stays, with the same request again. */
  function partFailed(event) {
    const asked = event.detail.requestConfig;
    const from = asked && asked.elt;
    if (!from || !document.contains(from)) {
      return;
    }
    const xhr = event.detail.xhr;
    const box = document.querySelector(".ov-toasts");
    if (!box) {
      return;
    }
    box.querySelectorAll("[data-part-failed]").forEach((old) => {
      old.remove();
    });
    const line = document.createElement("div");
    line.className = "ov-toast ov-toast-late";
    line.dataset.partFailed = "1";
    const text = document.createElement("span");
    text.textContent = reason(
      xhr && xhr.status ? { status: xhr.status, url: xhr.responseURL } : null,
    ).text;
    line.appendChild(text);
    if (asked.verb === "get" && from.matches("a, button")) {
      line.appendChild(
        button(words("retry"), () => {
          line.remove();
          from.click();
        }),
      );
    }
    box.appendChild(line);
  }
  document.addEventListener("htmx:sendError", partFailed);
  document.addEventListener("htmx:timeout", partFailed);
  document.addEventListener("htmx:responseError", partFailed);

  window.ovLoad = load;
})();
