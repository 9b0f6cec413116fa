// Takes files that are dropped on the page or chosen, and sends them in pieces that go on where they stopped.

const PIECE = 4 << 20; // small enough for every proxy to hold, large enough to be quick
const TRIES_MS = [500, 1000, 2000, 4000, 8000]; // a lost connection is tried again after these

export function render({ model }) {
  const root = document.createElement("div");
  root.className = "fragment drop";
  root.innerHTML = `<div class="bar wraps"><span class="grow"><span data-large>Drop files of ticks here: csv, csv.gz,
    zip, parquet, of any size.</span><span data-small class="quiet">Drop files anywhere on this page, or</span></span>
    <button type="button">Choose files</button><input type="file" multiple hidden aria-label="Files to send"></div>
    <ul aria-label="Uploads" role="list"></ul><p class="visually-hidden" role="status"></p>`;
  const [button, input, list, said] = ["button", "input", "ul", "[role=status]"].map((name) => root.querySelector(name));
  const size = () => root.classList.toggle("large", model.large);
  model.on("large", size);
  size();

  const waiting = [];
  let busy = false;
  const add = (files) => {
    for (const file of files) waiting.push(row(list, file, { retry: (one) => (waiting.push(one), work()) }));
    work();
  };
  const work = async () => {
    if (busy) return;
    busy = true;
    while (waiting.length) {
      const one = waiting.shift();
      const ended = one.stopped ? "stopped" : await sendFile(model, one);
      said.textContent = `${one.file.name}: ${ended}`;
      model.send_msg({ action: ended === "sent" ? "uploaded" : "changed", value: one.file.name });
    }
    busy = false;
  };

  button.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    add([...input.files]);
    input.value = ""; // the same file may be chosen again
  });

  // The whole page is the target; a file that misses it must not be opened in its place.
  const isFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const over = (event) => {
    if (!isFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    root.classList.add("over");
  };
  const leave = (event) => {
    if (!event.relatedTarget) root.classList.remove("over");
  };
  const drop = (event) => {
    if (!isFiles(event)) return;
    event.preventDefault();
    root.classList.remove("over");
    const items = [...event.dataTransfer.items].filter((item) => item.kind === "file");
    const folders = items.filter((item) => item.webkitGetAsEntry?.()?.isDirectory).map((item) => item.getAsFile().name);
    for (const name of folders) row(list, { name, size: 0 }, {}).fail(`${name} is a folder: drop the files in it.`);
    add([...event.dataTransfer.files].filter((file) => !folders.includes(file.name)));
  };
  const heard = { dragover: over, dragleave: leave, drop };
  for (const [name, call] of Object.entries(heard)) document.addEventListener(name, call);
  model.on("remove", () => {
    for (const [name, call] of Object.entries(heard)) document.removeEventListener(name, call);
  });
  return root;
}

// One file in the list: how far it is, Stop, or what is wrong with a way on.
function row(list, file, { retry }) {
  const item = list.appendChild(document.createElement("li"));
  const name = item.appendChild(document.createElement("span"));
  name.className = "line name";
  name.textContent = name.title = file.name;
  const bar = item.appendChild(document.createElement("progress"));
  bar.max = Math.max(file.size, 1);
  bar.value = 0;
  bar.setAttribute("aria-label", `Sent of ${file.name}`);
  const figures = item.appendChild(document.createElement("span"));
  figures.className = "grow figures";
  figures.textContent = "○ waiting";
  const action = item.appendChild(document.createElement("button"));
  action.type = "button";
  const close = item.appendChild(document.createElement("button"));
  close.type = "button";
  close.hidden = true;
  close.textContent = "Close";
  close.addEventListener("click", () => item.remove());

  const one = { file, stopped: false, began: 0, from: 0, abort: new AbortController() };
  const show = (text, label, problem) => {
    figures.textContent = text;
    figures.classList.toggle("problem", Boolean(problem));
    action.textContent = label;
    action.hidden = !label;
    action.setAttribute("aria-label", `${label} ${file.name}`);
    close.hidden = !problem;
  };
  action.addEventListener("click", () => {
    if (one.stopped) {
      one.stopped = false;
      one.abort = new AbortController();
      show("○ waiting", "Stop");
      retry(one);
    } else {
      one.stopped = true;
      one.abort.abort();
      one.fail("Stopped. Resume goes on here; after a reload, drop the file again.");
    }
  });
  one.begin = (at) => Object.assign(one, { began: performance.now(), from: at });
  one.tell = (at) => {
    const seconds = (performance.now() - one.began) / 1000;
    const rate = (at - one.from) / Math.max(seconds, 0.001);
    const left = rate > 0 ? ` · ${duration((file.size - at) / rate)} left` : "";
    bar.value = at;
    show(`◐ ${Math.floor((100 * at) / Math.max(file.size, 1))} % · ${mega(at)} of ${mega(file.size)} MB`
      + `${rate > 0 ? ` · ${mega(rate)} MB/s` : ""}${left}`, "Stop");
  };
  one.again = (seconds) => show(`◌ connection lost, trying again in ${seconds} s`, "Stop");
  one.fail = (text, again = true) => {
    one.stopped = true;
    show(`▲ ${text}`, retry && again ? "Resume" : "", true);
  };
  one.done = () => item.remove();
  show("○ waiting", "Stop");
  return one;
}

async function sendFile(model, one) {
  const { file } = one;
  const about = { project: model.project, name: file.name, size: file.size, modified: file.lastModified };
  try {
    let at = Math.max((await ask(one, "GET", about)).received - PIECE, 0); // the last piece is compared
    one.begin(at);
    one.tell(at);
    do {
      const answer = await ask(one, "PUT", { ...about, offset: at }, file.slice(at, at + PIECE));
      at = answer.received;
      one.tell(at);
    } while (at < file.size);
    one.done();
    return "sent";
  } catch (problem) {
    if (!one.stopped) one.fail(problem.message, !problem.refused);
    return "stopped";
  }
}

// Ask until there is an answer; what is refused throws its one sentence.
async function ask(one, method, query, body) {
  for (let tried = 0; ; tried += 1) {
    let answer;
    try {
      const url = `upload?${new URLSearchParams(query)}`;
      answer = await fetch(url, { method, body, signal: one.abort.signal, cache: "no-store" });
    } catch (problem) {
      if (one.stopped || tried >= TRIES_MS.length) throw one.stopped ? problem : new Error(
        "The connection is lost, or the file cannot be read any more. Resume goes on where it stopped.",
      );
      one.again(TRIES_MS[tried] / 1000);
      await new Promise((done) => setTimeout(done, TRIES_MS[tried]));
      continue;
    }
    const told = await answer.json().catch(() => ({ error: `The server answered with status ${answer.status}.` }));
    if (answer.ok) return told;
    if (answer.status === 409 && told.received !== undefined) return told;
    // What is refused for good will be so again: a name that cannot be, a file without a byte.
    throw Object.assign(new Error(told.error), { refused: answer.status === 400 });
  }
}

function mega(bytes) {
  return (bytes / 1e6).toLocaleString("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
}

function duration(seconds) {
  if (!Number.isFinite(seconds)) return "…";
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  return seconds < 3600 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
