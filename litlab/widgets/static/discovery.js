// The chart of ticks in a notebook: draws what Python worked out, sends back where people went.

const LEFT = 64, BOTTOM = 38, VOLUME = 56, GAP = 4;
const UP = "#009E73", DOWN = "#D55E00";

export default { render };

function render({ model, el }) {
  el.classList.add("litlab-ticks");
  el.innerHTML = `<div class="bar"><button type="button">Shuffle</button>
    <label>Index <input aria-label="Index" size="11" inputmode="numeric"></label>
    <label>Search <input aria-label="Search" size="16" spellcheck="false"></label>
    <span class="quiet" role="status"></span><span class="problem" role="alert"></span></div>
    <div class="pair"><canvas tabindex="0" role="img" aria-label="Price and volume of the ticks in view"></canvas>
    <pre tabindex="0" aria-label="Record"></pre></div>`;
  const [shuffle] = el.querySelectorAll("button");
  const [index, search] = el.querySelectorAll("input");
  const [said, wrong] = el.querySelectorAll("span");
  const canvas = el.querySelector("canvas"), record = el.querySelector("pre");
  const set = (name, value) => { model.set(name, value); model.save_changes(); };

  const draw = () => {
    const p = model.get("picture");
    if (!p || p.start === undefined) return;
    paint(canvas, p, model.get("palettes"), model.get("index"));
    const share = p.share.length ? ` · ${p.share.join(", ")} match` : "";
    said.textContent = `${(p.stop - p.start).toLocaleString("en-US")} ticks in view${share} · ${p.zone}`;
  };
  const tell = () => {
    record.textContent = model.get("record");
    if (document.activeElement !== index) index.value = model.get("index").toLocaleString("en-US");
    wrong.textContent = model.get("problem");
    draw();
  };
  for (const name of ["picture", "index", "record", "problem"]) model.on(`change:${name}`, tell);

  const resize = new ResizeObserver(() => {
    const width = Math.round(canvas.clientWidth - LEFT), height = Math.round(canvas.clientHeight - BOTTOM - VOLUME - GAP);
    const [w, h] = model.get("size");
    if (width > 50 && height > 50 && (w !== width || h !== height)) set("size", [width, height]);
    else draw();
  });
  resize.observe(canvas);

  const tickAt = (event) => {
    const p = model.get("picture"), box = canvas.getBoundingClientRect();
    return p.start + ((event.clientX - box.left - LEFT) / (box.width - LEFT)) * (p.stop - p.start);
  };
  const go = (at) => {
    const [start, stop] = model.get("view"), half = (stop - start) / 2;
    model.set("index", at);
    set("view", [Math.round(at - half), Math.round(at + half)]);
  };
  shuffle.onclick = () => go(Math.floor(Math.random() * model.get("picture").total));
  index.onchange = () => {
    const at = Number(index.value.replace(/[\s,_]/g, ""));
    if (Number.isInteger(at) && at >= 0 && at < model.get("picture").total) go(at);
    tell();
  };
  search.onchange = () => set("search", search.value);
  canvas.onwheel = (event) => {
    event.preventDefault();
    const [start, stop] = model.get("view"), at = tickAt(event), by = Math.exp(event.deltaY / 350);
    set("view", [Math.round(at - (at - start) * by), Math.round(at + (stop - at) * by)]);
  };
  let held = null;
  canvas.onpointerdown = (event) => { held = { x: event.clientX, view: model.get("view"), moved: false }; };
  canvas.onpointermove = (event) => {
    if (!held) return;
    const by = ((held.x - event.clientX) / (canvas.clientWidth - LEFT)) * (held.view[1] - held.view[0]);
    if (Math.abs(held.x - event.clientX) > 3) held.moved = true;
    if (held.moved) set("view", held.view.map((one) => Math.round(one + by)));
  };
  canvas.onpointerup = (event) => {
    if (held && !held.moved && event.shiftKey) set("index", Math.max(0, Math.round(tickAt(event))));
    held = null;
  };
  canvas.onpointerleave = () => { held = null; };
  canvas.onkeydown = (event) => {
    const [start, stop] = model.get("view"), by = { PageUp: start - stop, PageDown: stop - start }[event.key];
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by) set("view", [start + by, stop + by]);
    else if (step) set("index", Math.min(Math.max(model.get("index") + step, 0), model.get("picture").total - 1));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  tell();
  return () => resize.disconnect();
}

function floats(view, kind) {
  return new kind(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

function paint(canvas, p, palettes, index) {
  const scale = window.devicePixelRatio || 1;
  const width = canvas.clientWidth, height = canvas.clientHeight;
  canvas.width = width * scale;
  canvas.height = height * scale;
  const g = canvas.getContext("2d");
  g.scale(scale, scale);
  const style = getComputedStyle(canvas), ink = style.color;
  const dark = luminance(ink) > 0.5, palette = palettes[dark ? "dark" : "light"];
  const across = width - LEFT, down = height - BOTTOM - VOLUME - GAP, count = p.stop - p.start;
  const x = (at) => LEFT + (at / count) * across;
  const y = (price) => down - ((price - p.low) / (p.high - p.low)) * down;

  g.font = "11px system-ui, sans-serif";
  g.fillStyle = ink;
  g.strokeStyle = ink;
  g.globalAlpha = 0.15;
  g.strokeRect(LEFT + 0.5, 0.5, across - 1, down);
  g.globalAlpha = 0.75;
  g.textAlign = "right";
  const digits = p.high - p.low < 1 ? 3 : 2;
  for (let step = 0; step <= 4; step++) {
    const price = p.low + ((p.high - p.low) * step) / 4;
    g.fillText(price.toFixed(digits), LEFT - 6, Math.min(Math.max(y(price) + 4, 10), down));
  }
  g.textAlign = "center";
  for (const [at, text] of p.labels) {
    const lines = text.split("\n"), place = x(at - p.start);
    lines.forEach((line, row) => g.fillText(line, place, height - BOTTOM + 14 + row * 14));
    g.globalAlpha = 0.12;
    g.fillRect(place, 0, 1, height - BOTTOM);
    g.globalAlpha = 0.75;
  }
  g.globalAlpha = 1;
  if (p.kind === "image") image(g, p, palette, across, down);
  if (p.kind === "points") points(g, p, palette, x, y);
  if (p.kind === "candles") candles(g, p, x, y, style.backgroundColor);

  const edges = floats(p.edges, Float32Array), volume = floats(p.volume, Float32Array);
  const most = volume.reduce((a, b) => Math.max(a, b), 1), base = height - BOTTOM;
  g.globalAlpha = 0.45;
  g.fillStyle = ink;
  for (let at = 0; at < volume.length; at++) {
    const tall = (volume[at] / most) * VOLUME, left = x(edges[at]);
    g.fillRect(left, base - tall, Math.max(x(edges[at + 1]) - left - 0.5, 0.5), tall);
  }
  g.globalAlpha = 1;
  if (index >= p.start && index < p.stop) {
    g.fillStyle = "#0072B2";
    g.fillRect(x(index - p.start), 0, 1.5, base);
  }
}

function image(g, p, palette, across, down) {
  const [rows, columns] = p.shape, codes = new Uint8Array(p.image.buffer, p.image.byteOffset, p.image.byteLength);
  const colours = palette.image.map(rgba), data = new ImageData(columns, rows);
  const pixels = new Uint32Array(data.data.buffer);
  for (let row = 0; row < rows; row++) {
    const from = row * columns, to = (rows - 1 - row) * columns; // the lowest price comes first
    for (let column = 0; column < columns; column++) pixels[to + column] = colours[codes[from + column]];
  }
  const held = new OffscreenCanvas(columns, rows);
  held.getContext("2d").putImageData(data, 0, 0);
  g.imageSmoothingEnabled = false;
  g.drawImage(held, LEFT, 0, across, down);
}

function points(g, p, palette, x, y) {
  const price = floats(p.price, Float64Array), codes = new Uint8Array(p.codes.buffer, p.codes.byteOffset, p.codes.byteLength);
  const size = price.length <= 150 ? 6 : price.length <= 900 ? 4 : 3;
  for (let at = 0; at < price.length; at++) {
    g.fillStyle = codes[at] ? p.colours[codes[at] - 1] : palette.point;
    const wide = codes[at] ? size + 2 : size;
    g.fillRect(x(at) - wide / 2, y(price[at]) - wide / 2, wide, wide);
  }
}

function candles(g, p, x, y, ground) {
  const rows = floats(p.candles, Float64Array), bounds = floats(p.bounds, Float32Array), n = bounds.length - 1;
  for (let at = 0; at < n; at++) {
    const [first, last, low, high] = [0, 1, 2, 3].map((row) => rows[row * n + at]);
    const left = x(bounds[at]), wide = Math.max((x(bounds[at + 1]) - left) * 0.75, 1), middle = left + wide / 2;
    g.strokeStyle = g.fillStyle = last >= first ? UP : DOWN;
    g.fillRect(middle - 0.5, y(high), 1, y(low) - y(high));
    const top = y(Math.max(first, last)), tall = Math.max(y(Math.min(first, last)) - top, 1);
    if (last < first) g.fillRect(left, top, wide, tall);
    else {
      g.clearRect(left, top, wide, tall);
      g.strokeRect(left + 0.5, top + 0.5, Math.max(wide - 1, 0.5), Math.max(tall - 1, 0.5));
    }
  }
}

// "#rrggbb" or "#rrggbbaa" as the number that a little-endian pixel holds.
function rgba(colour) {
  const part = (at) => parseInt(colour.slice(at, at + 2), 16), alpha = colour.length > 7 ? part(7) : 255;
  return ((alpha << 24) | (part(5) << 16) | (part(3) << 8) | part(1)) >>> 0;
}

function luminance(colour) {
  const [r, g, b] = (colour.match(/[\d.]+/g) ?? [0, 0, 0]).map(Number);
  return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
}
