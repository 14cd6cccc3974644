/* Forms of the phone: what is typed outlives a lost network, a closed page and a session that
   ended. */
(function () {
  "use strict";
  const words = document.getElementById("ov-keep").dataset;

  /* --- the draft: kept in this tab until the form has arrived -------------------------------- */

  /* Of one person: whoever signs in after them in this tab is not given it. */
  function draftName(form) {
    const person = document.body.dataset.person ? `${document.body.dataset.person}:` : "";
    return `draft:${person}${new URL(form.action, window.location.href).pathname}`;
  }

  function fields(form) {
    return [...form.elements].filter(
      (field) =>
        field.name &&
        field.type !== "file" &&
        field.type !== "submit" &&
        field.tagName !== "BUTTON" &&
        field.name !== "csrf_token" &&
        field.name !== "form_key" &&
        field.name !== "stamp" &&
        field.name !== "website",
    );
  }

  /* Only what a person touched: a time proposed an hour ago must not come back by itself. */
  function remember(form, field) {
    const touched = (form.dataset.touched || "").split(" ");
    if (field && !touched.includes(field.name)) {
      touched.push(field.name);
      form.dataset.touched = touched.join(" ");
    }
    const kept = {};
    fields(form).forEach((field) => {
      if (!touched.includes(field.name)) {
        return;
      }
      const tick = field.type === "radio" || field.type === "checkbox";
      if (tick && !field.checked) {
        return;
      }
      kept[field.name] = field.value;
    });
    touched.forEach((name) => {
      if (name && !(name in kept)) {
        kept[name] = null;
      }
    });
    try {
      sessionStorage.setItem(draftName(form), JSON.stringify(kept));
    } catch {
      return;
    }
  }

  function recall(form) {
    let kept = null;
    try {
      kept = JSON.parse(sessionStorage.getItem(draftName(form)));
    } catch {
      return;
    }
    if (!kept) {
      return;
    }
    fields(form).forEach((field) => {
      const tick = field.type === "radio" || field.type === "checkbox";
      if (!(field.name in kept)) {
        return;
      }
      if (tick) {
        field.checked = field.value === kept[field.name];
        return;
      }
      if (field.value === kept[field.name]) {
        return;
      }
      field.value = kept[field.name];
      let fold = field.closest("details");
      while (fold) {
        fold.open = true;
        fold = fold.parentElement.closest("details");
      }
    });
    form.dataset.touched = Object.keys(kept).join(" ");
    form.dispatchEvent(new CustomEvent("ov:recalled"));
  }

  function forget(form) {
    try {
      sessionStorage.removeItem(draftName(form));
    } catch {
      return;
    }
  }

  /* --- what is said above the form ------------------------------------------------------------ */

  function say(form, text, link) {
    let box = document.querySelector("[data-kept]");
    if (!box) {
      box = document.createElement("div");
      box.dataset.kept = "1";
      box.className = "ov-banner ov-banner-late";
      box.setAttribute("role", "alert");
      box.tabIndex = -1;
      form.parentNode.insertBefore(box, form);
    }
    box.textContent = "";
    const line = document.createElement("span");
    line.className = "ov-grow";
    line.textContent = text;
    box.appendChild(line);
    if (link) {
      box.appendChild(link);
    }
    box.scrollIntoView({ block: "center" });
    box.focus({ preventScroll: true });
  }

  function button(text, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "btn btn-m";
    made.textContent = text;
    made.addEventListener("click", act);
    return made;
  }

  function anchor(text, href) {
    const made = document.createElement("a");
    made.className = "btn btn-m";
    made.textContent = text;
    made.href = href;
    made.target = "_blank";
    made.rel = "noopener";
    return made;
  }

  /* --- sending -------------------------------------------------------------------------------- */

  function busy(form, sender, on) {
    form.dataset.busy = on ? "1" : "";
    form.setAttribute("aria-busy", on ? "true" : "false");
    document.querySelectorAll(`button[form='${form.id}'], .ov-ph-foot button`).forEach((one) => {
      one.setAttribute("aria-disabled", on ? "true" : "false");
    });
    if (sender) {
      sender.classList.toggle("ov-busy", on);
    }
  }

  /* A new session has another token: taken from a fresh copy of this page. */
  function refreshToken(form) {
    return fetch(window.location.href, { credentials: "same-origin" })
      .then((answer) => answer.text())
      .then((page) => {
        const fresh = new DOMParser()
          .parseFromString(page, "text/html")
          .querySelector("input[name=csrf_token]");
        const held = form.querySelector("input[name=csrf_token]");
        if (fresh && held) {
          held.value = fresh.value;
        }
      });
  }

  /* Said before minutes of sending: what the server would refuse. */
  function tooMuch(form) {
    const field = [...form.querySelectorAll("input[type=file][data-most-bytes]")].find(
      (one) =>
        one.files.length > Number(one.dataset.most) ||
        [...one.files].some((file) => file.size > Number(one.dataset.mostBytes)),
    );
    return field ? field.dataset.tooHeavy : "";
  }

  function send(form, sender) {
    if (form.dataset.busy) {
      return;
    }
    const refusal = tooMuch(form);
    if (refusal) {
      say(form, refusal, null);
      return;
    }
    remember(form);
    busy(form, sender, true);
    const data = new FormData(form);
    if (sender && sender.name) {
      data.append(sender.name, sender.value);
    }
    function again() {
      send(form, sender);
    }
    function lost() {
      busy(form, sender, false);
      say(form, words.lost, button(words.retry, again));
    }
    fetch(form.action, {
      method: "POST",
      body: data,
      credentials: "same-origin",
      headers: { "X-Ouvrage-Form": "1", Accept: "application/json, text/html" },
    })
      .then((answer) => {
        const at = new URL(answer.url);
        if (answer.redirected && at.pathname.startsWith("/login")) {
          busy(form, sender, false);
          say(
            form,
            words.signedOut,
            anchor(
              words.signIn,
              `${at.pathname}?next=${encodeURIComponent(window.location.pathname)}`,
            ),
          );
          form.dataset.stale = "1";
          return null;
        }
        const type = answer.headers.get("Content-Type") || "";
        if (answer.ok && !type.includes("json")) {
          forget(form);
          window.location.assign(answer.url);
          return null;
        }
        if (type.includes("json")) {
          return answer.json().then((said) => {
            if (answer.ok && said.to) {
              forget(form);
              window.location.assign(said.to);
              return;
            }
            busy(form, sender, false);
            say(
              form,
              said.message || words.lost,
              said.errors && said.errors.form_key
                ? button(words.reload, () => {
                    forget(form);
                    window.location.reload();
                  })
                : null,
            );
          });
        }
        return answer.text().then((page) => {
          busy(form, sender, false);
          const read = new DOMParser().parseFromString(page, "text/html");
          if (answer.status === 400 && !form.dataset.refreshed) {
            form.dataset.refreshed = "1";
            return refreshToken(form).then(again, lost);
          }
          /* The stamp of a page that was open too long is another one in the answer. */
          const stamp = read.querySelector("input[name=stamp]");
          if (stamp && form.elements.stamp) {
            form.elements.stamp.value = stamp.value;
          }
          const told = read.querySelector("[role=alert]") || read.querySelector("main p");
          say(
            form,
            answer.status < 500 && told ? told.textContent.trim() : words.broken,
            button(words.retry, again),
          );
          return null;
        });
      })
      .catch(lost);
  }

  function kept(form) {
    recall(form);
    form.addEventListener("input", (event) => {
      remember(form, event.target);
    });
    form.addEventListener("change", (event) => {
      remember(form, event.target);
    });
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-keep]")) {
      return;
    }
    event.preventDefault();
    const sender = event.submitter;
    if (form.dataset.stale) {
      delete form.dataset.stale;
      refreshToken(form).then(
        () => {
          send(form, sender);
        },
        () => {
          send(form, sender);
        },
      );
      return;
    }
    send(form, sender);
  });

  /* A page brought back by the "back" button may be of before: the draft is in it, the state is
     not. */
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) {
      window.location.reload();
    }
  });

  document.querySelectorAll("form[data-keep]").forEach(kept);

  /* A quantity by − and +. */
  document.querySelectorAll("[data-steps]").forEach((box) => {
    const field = box.querySelector("input");
    box.addEventListener("click", (event) => {
      const pressed = event.target.closest("[data-step]");
      if (!pressed) {
        return;
      }
      const now = Number(String(field.value).replace(",", ".")) || 0;
      field.value = String(Math.max(1, now + Number(pressed.dataset.step)));
      if (document.documentElement.lang !== "en") {
        field.value = field.value.replace(".", ",");
      }
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
  });

  /* The photographs chosen are seen before they are sent. */
  function drawn(label, file) {
    window.createImageBitmap(file).then(
      (picture) => {
        const canvas = document.createElement("canvas");
        const scale = Math.min(160 / picture.width, 96 / picture.height);
        canvas.width = Math.max(1, Math.round(picture.width * scale));
        canvas.height = Math.max(1, Math.round(picture.height * scale));
        canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
        canvas.setAttribute("aria-hidden", "true");
        label.insertBefore(canvas, label.firstChild);
      },
      () => null,
    );
  }
  document.querySelectorAll("input[type=file][data-shot]").forEach((field) => {
    field.addEventListener("change", () => {
      const label = field.closest("label");
      const files = [...field.files];
      const name = label.querySelector("[data-shot-name]");
      label.classList.toggle("ov-shot-on", files.length > 0);
      name.textContent = files.length ? name.dataset.taken : name.dataset.none;
      if (files.length > 1) {
        name.textContent = `${files.length} ${name.dataset.more}`;
      }
      label.querySelectorAll("canvas").forEach((one) => {
        one.remove();
      });
      if (window.createImageBitmap) {
        files.slice(0, Number(field.dataset.most) || 1).forEach((file) => {
          drawn(label, file);
        });
      }
    });
  });
})();
