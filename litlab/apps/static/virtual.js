// A table of any length: spacers above and below the rows that are in sight, which Python makes.

const AROUND = 12; // rows beyond what is in sight

export function render({ model }) {
  const root = document.createElement("div");
  root.className = "fragment virtual";
  root.innerHTML = `<div class="scroller" role="region" tabindex="-1"><table><colgroup></colgroup><thead><tr></tr></thead>
    <tbody class="above" aria-hidden="true"><tr><td></td></tr></tbody><tbody class="rows"></tbody>
    <tbody class="below" aria-hidden="true"><tr><td></td></tr></tbody></table></div>`;
  const [scroller, table, group, head, body] = [".scroller", "table", "colgroup", "thead tr", "tbody.rows"].map((name) =>
    root.querySelector(name),
  );
  const [above, below] = [".above td", ".below td"].map((name) => root.querySelector(name));
  scroller.style.contain = "content"; // what changes within moves nothing around it
  const send = (action, value) => model.send_msg({ action, value: value ?? "" });
  const height = () => model.row_px;
  let current = 0; // the row that Tab comes to
  let wanted = null; // a row to focus once it is there
  let asked = null; // the window asked for and not answered
  let ended = true; // whether the end is in sight
  let sought = model.seek[1];

  const drawHead = () => {
    table.setAttribute("aria-label", model.label);
    scroller.setAttribute("aria-label", model.label);
    head.innerHTML = model.head;
    const total = model.widths.reduce((sum, one) => sum + one, 0);
    group.innerHTML = model.widths.map((one) => `<col style="width:${one}px">`).join("");
    table.style.minWidth = `${total}px`;
  };

  // Rows keep their elements while they are in sight, so that focus and what is pointed at stay.
  const drawRows = () => {
    const { start, rows } = model.rows;
    const known = new Map([...body.children].map((one) => [one.dataset.key, one]));
    const active = root.getRootNode().activeElement;
    const next = rows.map(([key, kind, cells], at) => {
      const row = known.get(key) ?? document.createElement("tr");
      row.dataset.key = key;
      if (row.className !== kind) row.className = kind;
      if (row.shown !== cells) {
        const again = row.contains(active) && active !== row ? nameOf(active) : "";
        row.innerHTML = cells;
        row.shown = cells;
        if (again) row.querySelector(again)?.focus({ preventScroll: true });
      }
      row.setAttribute("aria-rowindex", String(start + at + 2));
      row.tabIndex = start + at === current ? 0 : -1;
      row.at = start + at;
      return row;
    });
    const same = next.length === body.children.length && next.every((row, at) => body.children[at] === row);
    if (!same) body.replaceChildren(...next);
    if (next.length && !next.some((row) => row.at === current)) next[0].tabIndex = 0;
    table.setAttribute("aria-rowcount", String(model.count + 1));
    above.style.height = `${start * height()}px`;
    below.style.height = `${Math.max(model.count - start - rows.length, 0) * height()}px`;
    above.parentElement.parentElement.hidden = start === 0;
    if (wanted !== null) focus(wanted);
  };

  const inSight = () => {
    const first = Math.floor(scroller.scrollTop / height());
    return [first, Math.ceil((scroller.scrollTop + scroller.clientHeight) / height())];
  };
  const look = () => {
    const room = scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop;
    ended = room < height();
    const [first, last] = inSight(), { start, rows } = model.rows;
    const stop = Math.min(last, model.count);
    if ((first >= start && stop <= start + rows.length) || !model.count || asked !== null) return;
    asked = `${Math.max(first - AROUND, 0)}-${last + AROUND}`;
    send("window", asked);
    setTimeout(() => (asked = null), 2000); // an answer that has not come by then does not come
  };
  const toEnd = () => {
    if (model.follows && ended) scroller.scrollTop = scroller.scrollHeight;
    look();
  };
  const reveal = (at) => {
    const top = at * height(), head = root.querySelector("thead").offsetHeight;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    else if (top + height() + head > scroller.scrollTop + scroller.clientHeight) {
      scroller.scrollTop = top + height() + head - scroller.clientHeight;
    }
    look();
  };
  const focus = (at) => {
    const row = [...body.children].find((one) => one.at === at);
    wanted = row ? null : at;
    if (!row) return reveal(at);
    for (const one of body.children) one.tabIndex = -1;
    current = at;
    row.tabIndex = 0;
    reveal(at);
    row.focus({ preventScroll: true });
  };

  // Rows and their count come one after the other: they are drawn, and the page is laid out, once a frame.
  let due = false;
  const soon = () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      drawRows();
      toEnd();
    });
  };
  model.on("rows", () => {
    asked = null;
    soon();
  });
  model.on("count", soon);
  model.on("head", drawHead);
  model.on("widths", drawHead);
  model.on("seek", () => {
    const [at, serial] = model.seek;
    if (serial === sought || at < 0) return;
    sought = serial;
    current = at;
    reveal(at);
    drawRows();
  });

  scroller.addEventListener("scroll", look, { passive: true });
  new ResizeObserver(toEnd).observe(scroller);

  root.addEventListener("click", (event) => {
    const element = event.target.closest("button, input, select, a, label");
    if (element?.dataset.action && element.localName === "button") send(element.dataset.action, element.dataset.argument);
    const row = event.target.closest("tbody.rows tr");
    if (element || !row) return;
    current = row.at;
    send("choose", row.dataset.key);
  });
  root.addEventListener("change", (event) => {
    if (event.target.dataset.action) send(event.target.dataset.action, event.target.dataset.argument);
  });
  root.addEventListener("keydown", (event) => {
    const row = event.target.closest("tbody.rows tr");
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(Math.floor(scroller.clientHeight / height()) - 2, 1);
    const step = { ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page, Home: -Infinity, End: Infinity }[event.key];
    const own = event.target === row;
    if (own && (event.key === "Enter" || event.key === " ")) send("choose", row.dataset.key);
    else if (step) focus(Math.min(Math.max(row.at + step, 0), model.count - 1));
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  drawHead();
  drawRows();
  requestAnimationFrame(toEnd);
  return root;
}

function nameOf(element) {
  const { action, argument } = element.dataset;
  return action ? `[data-action="${CSS.escape(action)}"][data-argument="${CSS.escape(argument ?? "")}"]` : "";
}
