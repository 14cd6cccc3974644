/* Reads a tag with the camera where the browser can; the address read must be one of ours. */
(function () {
  "use strict";
  const box = document.querySelector("[data-scan]");
  const button = document.querySelector("[data-scan-start]");
  if (!box || !button) {
    return;
  }
  function show(name) {
    document.querySelector(`[data-scan-${name}]`).hidden = false;
  }
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices) {
    show("none");
    return;
  }
  button.hidden = false;
  button.addEventListener("click", () => {
    const video = box.querySelector("video");
    const detector = new window.BarcodeDetector({ formats: ["qr_code"] });
    navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }).then(
      (stream) => {
        box.hidden = false;
        button.hidden = true;
        video.srcObject = stream;
        video.play();
        function look() {
          detector.detect(video).then(
            (codes) => {
              const found = codes
                .map((code) => /\/t\/([A-Za-z0-9]+)\/?$/.exec(code.rawValue))
                .filter(Boolean)[0];
              if (found) {
                stream.getTracks().forEach((track) => {
                  track.stop();
                });
                window.location.assign(`/t/${found[1]}`);
              } else {
                window.setTimeout(look, 150);
              }
            },
            () => {
              window.setTimeout(look, 400);
            },
          );
        }
        video.addEventListener("playing", look, { once: true });
      },
      () => {
        show("refused");
      },
    );
  });
})();
