/* Forms of a record's page: what is refused stays typed, with the sentence at its field. Without
   this script the server shows the page anew, with all that was typed. */
(function () {
  "use strict";

  function clear(form) {
    form.querySelectorAll("[data-refusal]").forEach((node) => {
      node.remove();
    });
    form.querySelectorAll(".is-invalid").forEach((node) => {
      node.classList.remove("is-invalid");
      node.removeAttribute("aria-invalid");
    });
  }

  /* The sentence, under its field where it names one, else above the form. */
  function say(form, field, words) {
    const line = document.createElement("div");
    line.className = field ? "ov-err" : "ov-banner ov-banner-late";
    line.dataset.refusal = "1";
    line.setAttribute("role", "alert");
    line.textContent = words;
    if (!field) {
      form.prepend(line);
      line.scrollIntoView({ block: "nearest" });
      return;
    }
    const shown = field.tomselect ? field.tomselect.wrapper : field;
    shown.classList.add("is-invalid");
    field.setAttribute("aria-invalid", "true");
    shown.after(line);
  }

  /* A relation is "agent" in a form and "agent_id" for programs. */
  function fieldOf(form, name) {
    const found =
      form.elements.namedItem(name) || form.elements.namedItem(name.replace(/_id$/, ""));
    return found && found.type !== "hidden" && found.matches ? found : null;
  }

  function refused(form, said) {
    const beside = Object.entries(said.errors || {}).map(([name, words]) => [
      fieldOf(form, name),
      words,
    ]);
    const shown = beside.filter(([field]) => field);
    if (!shown.length) {
      say(form, null, said.message);
      return;
    }
    shown.forEach(([field, words]) => {
      say(form, field, String(words));
    });
    const first = shown[0][0];
    (first.tomselect || first).focus();
  }

  function send(form, sender) {
    const data = new FormData(form, sender);
    const headers = { "X-Ouvrage-Form": "1", Accept: "application/json, text/html" };
    form.setAttribute("aria-busy", "true");
    fetch(form.getAttribute("action"), {
      method: "POST",
      body: data,
      credentials: "same-origin",
      headers,
    })
      .then((answer) => {
        const isJson = (answer.headers.get("Content-Type") || "").includes("json");
        if (isJson) {
          return answer.json().then((said) => {
            if (answer.ok && said.to) {
              if (form.ovWatched) {
                form.ovWatched.sent = true;
              }
              window.location.assign(said.to);
              return;
            }
            refused(form, said);
          });
        }
        /* Signed out, or a page of its own: the form is sent as any other. */
        form.dataset.plain = "1";
        form.requestSubmit(sender || undefined);
        return null;
      })
      .catch(() => {
        refused(form, { message: document.body.dataset.offline });
      })
      .finally(() => {
        form.removeAttribute("aria-busy");
        delete form.dataset.sent;
      });
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !form.matches("form[data-stay]") || form.dataset.plain) {
      return;
    }
    event.preventDefault();
    if (form.hasAttribute("aria-busy")) {
      return;
    }
    clear(form);
    send(form, event.submitter);
  });
})();
