/* A signature by finger, pen or mouse; what is drawn goes with the form as a picture. */
(function () {
  "use strict";

  function pad(box) {
    var canvas = box.querySelector("canvas");
    var field = box.querySelector("input[name=signature]");
    var clear = box.querySelector("[data-clear]");
    var hint = box.querySelector("[data-hint]");
    var pen = canvas.getContext("2d");
    var strokes = [];
    var present = null;

    function paint() {
      var ratio = Math.min(window.devicePixelRatio || 1, 2);
      canvas.width = Math.round(canvas.clientWidth * ratio);
      canvas.height = Math.round(canvas.clientHeight * ratio);
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      pen.lineWidth = 2.6;
      pen.lineCap = "round";
      pen.lineJoin = "round";
      pen.strokeStyle = "#16191a";
      strokes.forEach(function (stroke) {
        pen.beginPath();
        stroke.forEach(function (point, index) {
          var x = point[0] * canvas.clientWidth;
          var y = point[1] * canvas.clientHeight;
          if (index === 0) { pen.moveTo(x, y); } else { pen.lineTo(x, y); }
        });
        pen.stroke();
      });
    }

    function keep() {
      field.value = strokes.length ? canvas.toDataURL("image/png") : "";
      clear.disabled = strokes.length === 0;
      if (hint) { hint.hidden = strokes.length > 0; }
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }

    function at(event) {
      var place = canvas.getBoundingClientRect();
      return [(event.clientX - place.left) / place.width, (event.clientY - place.top) / place.height];
    }

    canvas.addEventListener("pointerdown", function (event) {
      if (event.button) { return; }
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      present = [at(event)];
      strokes.push(present);
    });
    canvas.addEventListener("pointermove", function (event) {
      if (!present) { return; }
      var all = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
      (all.length ? all : [event]).forEach(function (one) { present.push(at(one)); });
      paint();
    });
    function lift() {
      if (!present) { return; }
      present = null;
      keep();
    }
    canvas.addEventListener("pointerup", lift);
    canvas.addEventListener("pointercancel", lift);
    clear.addEventListener("click", function () { strokes = []; paint(); keep(); });

    /* A signature kept in the draft of a page that was closed: shown again as the picture it is. */
    function restored() {
      if (!field.value || strokes.length) { return; }
      var picture = new Image();
      picture.onload = function () { paint(); pen.drawImage(picture, 0, 0, canvas.clientWidth, canvas.clientHeight); };
      picture.src = field.value;
      clear.disabled = false;
      if (hint) { hint.hidden = true; }
      clear.addEventListener("click", function () { field.value = ""; });
    }
    field.form.addEventListener("ov:recalled", restored);

    var fold = box.closest("details");
    if (fold) { fold.addEventListener("toggle", function () { paint(); restored(); }); }
    window.addEventListener("resize", paint);
    paint();
    clear.disabled = !field.value;
  }

  document.querySelectorAll("[data-pad]").forEach(pad);
})();
