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
  if (!navigator.mediaDevices) {
    show("none");
    return;
  }

  /* The browser's own reader, where it has one. */
  function own() {
    const detector = new window.BarcodeDetector({ formats: ["qr_code"] });
    return (video) => detector.detect(video).then((codes) => codes.map((code) => code.rawValue));
  }
  /* Else a reader of ours, of which nobody else loads a byte: a picture of the video is read. */
  const WIDEST = 640;
  function ours() {
    const canvas = document.createElement("canvas");
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    return (video) => {
      const scale = Math.min(1, WIDEST / video.videoWidth);
      canvas.width = Math.max(1, Math.round(video.videoWidth * scale));
      canvas.height = Math.max(1, Math.round(video.videoHeight * scale));
      pen.drawImage(video, 0, 0, canvas.width, canvas.height);
      const picture = pen.getImageData(0, 0, canvas.width, canvas.height);
      const found = window.jsQR(picture.data, picture.width, picture.height, {
        inversionAttempts: "dontInvert",
      });
      return Promise.resolve(found ? [found.data] : []);
    };
  }
  function reader() {
    if ("BarcodeDetector" in window) {
      return Promise.resolve(own());
    }
    return new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = box.dataset.reader;
      script.addEventListener("load", () => {
        done(ours());
      });
      script.addEventListener("error", failed);
      document.head.appendChild(script);
    });
  }

  function watch(video, stream, read) {
    function look() {
      read(video).then(
        (texts) => {
          const found = texts
            .map((text) => /\/t\/([A-Za-z0-9]+)\/?$/.exec(text))
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
    look();
  }
  button.hidden = false;
  button.addEventListener("click", () => {
    const video = box.querySelector("video");
    navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }).then(
      (stream) => {
        box.hidden = false;
        button.hidden = true;
        video.srcObject = stream;
        const playing = new Promise((done) => {
          video.addEventListener("playing", done, { once: true });
        });
        video.play();
        Promise.all([reader(), playing]).then(
          ([read]) => {
            watch(video, stream, read);
          },
          () => {
            show("none");
          },
        );
      },
      () => {
        show("refused");
      },
    );
  });
})();
