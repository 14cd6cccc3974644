/* A signature by finger, pen or mouse; what is drawn goes with the form as a picture. */
(function () {
  "use strict";

  function pad(box) {
    const canvas = box.querySelector("canvas");
    const field = box.querySelector("input[name=signature]");
    const clear = box.querySelector("[data-clear]");
    const hint = box.querySelector("[data-hint]");
    const pen = canvas.getContext("2d");
    let strokes = [];
    let present = null;

    function paint() {
      const ratio = Math.min(window.devicePixelRatio || 1, 2);
      canvas.width = Math.round(canvas.clientWidth * ratio);
      canvas.height = Math.round(canvas.clientHeight * ratio);
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      pen.lineWidth = 2.6;
      pen.lineCap = "round";
      pen.lineJoin = "round";
      pen.strokeStyle = "#16191a";
      strokes.forEach((stroke) => {
        pen.beginPath();
        stroke.forEach((point, index) => {
          const x = point[0] * canvas.clientWidth;
          const y = point[1] * canvas.clientHeight;
          if (index === 0) {
            pen.moveTo(x, y);
          } else {
            pen.lineTo(x, y);
          }
        });
        pen.stroke();
      });
    }

    function keep() {
      field.value = strokes.length ? canvas.toDataURL("image/png") : "";
      clear.disabled = strokes.length === 0;
      if (hint) {
        hint.hidden = strokes.length > 0;
      }
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }

    function at(event) {
      const place = canvas.getBoundingClientRect();
      return [
        (event.clientX - place.left) / place.width,
        (event.clientY - place.top) / place.height,
      ];
    }

    canvas.addEventListener("pointerdown", (event) => {
      if (event.button) {
        return;
      }
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      present = [at(event)];
      strokes.push(present);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!present) {
        return;
      }
      const all = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
      (all.length ? all : [event]).forEach((one) => {
        present.push(at(one));
      });
      paint();
    });
    function lift() {
      if (!present) {
        return;
      }
      present = null;
      keep();
    }
    canvas.addEventListener("pointerup", lift);
    canvas.addEventListener("pointercancel", lift);
    clear.addEventListener("click", () => {
      strokes = [];
      paint();
      keep();
    });

    /* A signature kept in the draft of a page that was closed: shown again as the picture it is. */
    function restored() {
      if (!field.value || strokes.length) {
        return;
      }
      const picture = new Image();
      picture.onload = function () {
        paint();
        pen.drawImage(picture, 0, 0, canvas.clientWidth, canvas.clientHeight);
      };
      picture.src = field.value;
      clear.disabled = false;
      if (hint) {
        hint.hidden = true;
      }
      clear.addEventListener("click", () => {
        field.value = "";
      });
    }
    field.form.addEventListener("ov:recalled", restored);

    const fold = box.closest("details");
    if (fold) {
      fold.addEventListener("toggle", () => {
        paint();
        restored();
      });
    }
    window.addEventListener("resize", paint);
    paint();
    clear.disabled = !field.value;
  }

  document.querySelectorAll("[data-pad]").forEach(pad);
})();
