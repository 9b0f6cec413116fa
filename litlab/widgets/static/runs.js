// The runs of a project in a notebook: curves on a canvas, states in a table; Python sends what has changed.

const LEFT = 60, BOTTOM = 22, RIGHT = 8, TOP = 6;
const ICONS = { queued: "○", running: "◐", done: "●", paused: "‖", stopped: "■", failed: "▲" };

export default { render };

function render({ model, el }) {
  el.classList.add("litlab-runs");
  el.innerHTML = `<div class="bar"><span class="columns" role="group" aria-label="Columns"></span>
    <label>Smoothing <input type="range" min="0" max="0.99" step="0.01" aria-label="Smoothing"></label>
    <label><input type="checkbox" aria-label="Log scale"> Log scale</label></div>
    <canvas role="img" aria-label="Curves of the runs chosen"></canvas><div class="said" role="status"></div>
    <div class="table"><table aria-label="Runs"><thead><tr><th>Run</th><th>State</th><th class="number">Epochs</th>
    <th class="number">Best epoch</th><th class="number">Its loss</th><th>Device</th></tr></thead><tbody></tbody></table></div>`;
  const [columns, canvas, said, body] = [".columns", "canvas", ".said", "tbody"].map((one) => el.querySelector(one));
  const smoothing = el.querySelector("input[type=range]"), log = el.querySelector("input[aria-label='Log scale']");
  const set = (name, value) => { model.set(name, value); model.save_changes(); };
  let pointed = null;

  const lines = () => model.get("lines").map((one) => ({ ...one, x: floats(one.epochs), y: floats(one.values) }));
  let held = lines();
  const paint = () => {
    const told = draw(canvas, held, model.get("log"), pointed);
    said.replaceChildren(...told.flatMap(([colour, text]) => [dot(colour), `${text}   `]));
  };
  const tell = () => {
    smoothing.value = model.get("smoothing");
    log.checked = model.get("log");
    columns.replaceChildren(...model.get("known").map((name) => box(name, name, model.get("columns").includes(name), (on) => {
      set("columns", model.get("known").filter((one) => (one === name ? on : model.get("columns").includes(one))));
    })));
    const colours = new Map(held.map((one) => [one.run, one.colour]));
    body.replaceChildren(...model.get("table").map((one) => row(one, colours.get(one.name))));
    const none = !model.get("table").length;
    el.classList.toggle("none", none);
    if (none) said.textContent = "No runs yet. What is launched appears here by itself.";
    else paint();
  };
  const row = (one, colour) => {
    const made = document.createElement("tr");
    const share = one.state === "running" && one.planned ? ` ${Math.floor((100 * one.epochs) / one.planned)} %` : "";
    const name = box(`Draw ${one.name}`, one.name, model.get("chosen").includes(one.name), (on) => {
      const rest = model.get("chosen").filter((other) => other !== one.name);
      set("chosen", on ? [...rest, one.name] : rest);
    });
    if (colour) name.insertBefore(dot(colour), name.lastChild);
    const cells = [name, `${ICONS[one.state] ?? ""} ${one.state}${share}`,
      one.epochs.toLocaleString("en-US") + (one.planned ? `/${one.planned.toLocaleString("en-US")}` : ""),
      one.best_epoch === null ? "–" : `★ ${one.best_epoch.toLocaleString("en-US")}`,
      one.best === null ? "–" : one.best.toFixed(4), one.device];
    cells.forEach((cell, at) => {
      const place = document.createElement("td");
      place.append(cell);
      if (at === 1) place.className = one.state;
      if (at > 1 && at < 5) place.className = "number";
      made.append(place);
    });
    return made;
  };
  smoothing.onchange = () => set("smoothing", Number(smoothing.value));
  log.onchange = () => set("log", log.checked);
  canvas.onpointermove = (event) => { pointed = event.offsetX; paint(); };
  canvas.onpointerleave = () => { pointed = null; paint(); };
  for (const name of ["table", "known", "chosen", "columns", "smoothing", "log"]) model.on(`change:${name}`, tell);
  model.on("change:lines", () => { held = lines(); tell(); });
  const resize = new ResizeObserver(() => { if (canvas.clientHeight) paint(); });
  resize.observe(canvas);
  tell();
  return () => resize.disconnect();
}

function box(label, text, checked, change) {
  const made = document.createElement("label"), input = document.createElement("input");
  input.type = "checkbox";
  input.checked = checked;
  input.setAttribute("aria-label", label);
  input.onchange = () => change(input.checked);
  made.append(input, document.createTextNode(text));
  return made;
}

function dot(colour) {
  const made = document.createElement("i");
  made.style.background = colour;
  return made;
}

function floats(view) {
  return new Float64Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

// Draws the lines and returns [colour, text] of each: its value where the pointer is, else its last one.
function draw(canvas, lines, log, pointed) {
  const scale = window.devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
  canvas.width = width * scale;
  canvas.height = height * scale;
  const g = canvas.getContext("2d");
  g.scale(scale, scale);
  g.font = "11px system-ui, sans-serif";
  g.fillStyle = g.strokeStyle = getComputedStyle(canvas).color;
  const fits = (value) => Number.isFinite(value) && (!log || value > 0);
  const turn = (value) => (log ? Math.log10(value) : value);
  let low = Infinity, high = -Infinity, last = 1;
  for (const one of lines) {
    for (let at = 0; at < one.y.length; at++) {
      if (!fits(one.y[at])) continue;
      low = Math.min(low, turn(one.y[at]));
      high = Math.max(high, turn(one.y[at]));
      last = Math.max(last, one.x[at]);
    }
  }
  if (!(high >= low)) {
    g.globalAlpha = 0.7;
    g.fillText("No epoch has finished yet.", LEFT, height / 2);
    return [];
  }
  const air = (high - low) * 0.06 || Math.abs(high) * 0.05 || 1;
  low -= air;
  high += air;
  const across = width - LEFT - RIGHT, down = height - TOP - BOTTOM;
  const x = (epoch) => LEFT + ((epoch - 1) / Math.max(last - 1, 1)) * across;
  const y = (value) => TOP + ((high - turn(value)) / (high - low)) * down;
  axes(g, { low, high, last, log, x, across, down, height });
  const both = lines.some((one) => one.column.startsWith("val_"));
  for (const one of lines) {
    g.strokeStyle = g.fillStyle = one.colour;
    g.lineWidth = both && !one.column.startsWith("val_") ? 1 : 2;
    g.beginPath();
    let pen = false;
    for (let at = 0; at < one.y.length; at++) {
      if (!fits(one.y[at])) { pen = false; continue; }
      g[pen ? "lineTo" : "moveTo"](x(one.x[at]), y(one.y[at]));
      pen = true;
    }
    g.stroke();
    const best = one.x.indexOf(one.best);
    if (best >= 0 && fits(one.y[best]) && (one.column.startsWith("val_") || !both)) {
      g.font = "15px system-ui, sans-serif";
      g.fillText("★", x(one.best) - 7, y(one.y[best]) + 5);
    }
  }
  const at = pointed === null ? null : Math.round(1 + ((pointed - LEFT) / across) * (last - 1));
  if (at !== null && at >= 1 && at <= last) {
    g.globalAlpha = 0.4;
    g.fillStyle = getComputedStyle(canvas).color;
    g.fillRect(x(at), TOP, 1, down);
  }
  return lines.filter((one) => one.x.length).map((one) => {
    let place = at === null ? one.x.length - 1 : one.x.findIndex((epoch) => epoch >= at);
    if (place < 0) place = one.x.length - 1;
    const value = one.y[place];
    return [one.colour, `${one.run} ${one.column} ${Number.isFinite(value) ? value.toPrecision(5) : "–"} at ${one.x[place]}`];
  });
}

function axes(g, { low, high, last, log, x, across, down, height }) {
  g.globalAlpha = 0.75;
  g.textAlign = "right";
  for (let step = 0; step <= 4; step++) {
    const value = low + ((high - low) * step) / 4, place = TOP + down - (down * step) / 4;
    g.fillText((log ? 10 ** value : value).toPrecision(4), LEFT - 6, place + 4);
    g.globalAlpha = 0.12;
    g.fillRect(LEFT, place, across, 1);
    g.globalAlpha = 0.75;
  }
  g.textAlign = "center";
  const each = Math.max(1, Math.ceil(last / 8));
  for (let epoch = 1; epoch <= last; epoch += each) g.fillText(String(epoch), x(epoch), height - 6);
  g.textAlign = "left";
  g.globalAlpha = 1;
}
