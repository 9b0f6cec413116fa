// What a person sees, frame by frame: when a page is painted, and when its picture stands still after an event.
window.lit = (() => {
  const QUIET_MS = 300;
  const LIMIT_MS = 20000;
  const small = new OffscreenCanvas(400, 240);
  const pen = small.getContext("2d", {willReadFrequently: true});

  function* every(root) {
    for (const one of root.querySelectorAll("*")) {
      yield one;
      if (one.shadowRoot) yield* every(one.shadowRoot);
    }
  }
  const all = (selector) => [...every(document)].filter((one) => one.matches(selector));
  const text = (selector) => all(selector).map((one) => one.value ?? one.textContent).join("|");

  // A checksum of all large canvases, layer upon layer.
  function pixels(canvases) {
    let sum = 17;
    for (const one of canvases) {
      pen.clearRect(0, 0, 400, 240);
      pen.drawImage(one, 0, 0, 400, 240);
      const words = new Uint32Array(pen.getImageData(0, 0, 400, 240).data.buffer);
      for (let at = 0; at < words.length; at++) sum = (Math.imul(sum, 31) + words[at]) | 0;
    }
    return sum;
  }

  // The arrays behind the images of a Bokeh document: another array is another answer of the server.
  function images() {
    const found = [];
    for (const model of window.Bokeh.documents[0]._all_models.values()) {
      const data = model.type === "ColumnDataSource" && model.data;
      const image = data && (data.get ? data.get("image") : data.image);
      if (image) found.push(image[0]);
    }
    return found;
  }

  // After the next event of a type: ms until the first and the last frame in which the picture changed, and
  // until the frame in which the answer (a text, or an image) had changed. It ends once both are still.
  function watch(type, selector) {
    const seen = () => (selector ? [text(selector)] : images());
    const canvases = all("canvas").filter((one) => one.width * one.height > 20000);
    const before = seen();
    let sum = pixels(canvases);
    return new Promise((resolve) => {
      const begin = (event) => {
        const began = event.timeStamp;
        const told = {first: null, last: null, answered: null, frames: 0};
        const look = () => {
          const now = performance.now() - began;
          const next = pixels(canvases);
          told.frames++;
          if (next !== sum) {
            told.first ??= now;
            told.last = now;
            sum = next;
          }
          const here = seen();
          if (told.answered === null && here.some((one, at) => one !== before[at])) told.answered = now;
          const still = now - Math.max(told.last ?? 0, told.answered ?? 0) > QUIET_MS;
          if ((told.answered !== null && still) || now > LIMIT_MS) resolve(told);
          else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
      };
      window.addEventListener(type, begin, {capture: true, once: true});
    });
  }

  // ms from the start of the navigation to the first frame in which the header stands and Bokeh is at rest.
  const painted = new Promise((resolve) => {
    const look = () => {
      const header = window.Bokeh?.documents?.[0]?.is_idle && all(".header")[0];
      if (header && header.getBoundingClientRect().height > 0) {
        requestAnimationFrame(() => resolve(performance.now()));
      } else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  // The same of a page that is nothing but one Bokeh document with an image.
  const drawn = async () => {
    while (!(window.Bokeh?.documents?.[0]?.is_idle && images().length)) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    return performance.now();
  };
  return {watch, painted, drawn, text, count: (selector) => all(selector).length};
})();
