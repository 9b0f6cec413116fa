// Brings a fragment's HTML to life: messages to Python, values from it, forms, tabs, keys, dialogs, copying.

const LONGEST_MS = 2000; // a press that is not released by then is none
const FADE_PX = 32; // what litlab.css lets fade at the end of the pages' names
const LIVE_MS = 200; // a form that answers while it is typed in waits this long for the next key

export function render({ model }) {
  const root = document.createElement("div");
  root.className = "fragment";
  const send = (action, value) => model.send_msg({ action, value: value ?? "" });

  // A click is a press and a release on one element: nothing is replaced between them.
  let pressing = false;
  let late = null;
  root.addEventListener("pointerdown", (event) => {
    if (!event.target.closest("button, a, summary")) return;
    pressing = true;
    setTimeout(released, LONGEST_MS);
  });
  const released = () => {
    pressing = false;
    setTimeout(() => { // the click comes first
      const again = late;
      late = null;
      if (!pressing) again?.();
      else late = again;
    });
  };
  window.addEventListener("pointerup", released, true);
  window.addEventListener("pointercancel", released, true);

  const apply = () => {
    const active = root.getRootNode().activeElement;
    for (const [name, value] of Object.entries(model.values)) {
      for (const element of root.querySelectorAll(`[data-value="${name}"]`)) {
        if (element.localName === "progress") element.value = Number(value);
        else if (!element.matches("input, select, textarea")) element.textContent = value;
        else if (element !== active) element.value = value;
      }
      for (const element of root.querySelectorAll(`[data-html="${name}"]`)) {
        if (element.dataset.shown === value) continue;
        if (pressing) {
          late ??= apply;
          continue;
        }
        keeping(root, () => (element.innerHTML = value));
        element.dataset.shown = value;
      }
      for (const element of root.querySelectorAll(`[data-go="${name}"]`)) {
        if (value && element.dataset.gone !== value) go(value);
        element.dataset.gone = value;
      }
      for (const element of root.querySelectorAll(`[data-invalid="${name}"]`)) {
        element.setAttribute("aria-invalid", value ? "true" : "false");
      }
    }
  };
  const fill = () => {
    if (pressing) {
      late = fill;
      return;
    }
    keeping(root, () => (root.innerHTML = model.html));
    for (const element of root.querySelectorAll("[data-theme]")) element.hidden = inLab(); // it has its own
    apply();
  };
  model.on("html", fill);
  model.on("values", apply);

  root.addEventListener("click", (event) => {
    const element = event.target.closest("button");
    if (!element) return;
    const { action, argument, open, close, copy, lab, theme } = element.dataset;
    if (theme) return inTheme(theme);
    if (open) root.querySelector(`#${open}`).showModal();
    if (close !== undefined || (action && element.closest("dialog"))) element.closest("dialog")?.close();
    if (copy) copyCode(root.querySelector(`#${copy}`), element);
    if (lab && inLab()) window.parent.postMessage({ litlab: lab, argument: argument ?? "" }, window.origin);
    else if (lab) send(lab, argument);
    if (action && element.type === "submit" && element.form) return; // the form's own message says it
    if (action) send(action, argument);
  });
  for (const kind of ["pointerdown", "focusin", "click"]) root.addEventListener(kind, carry, true);
  root.addEventListener("change", (event) => {
    const { action, navigate, file, most, send: address } = event.target.dataset;
    if (address) return putFile(event.target, address, (told) => send(action, JSON.stringify(told)));
    if (file) return sendFile(event.target, Number(most), (told) => send(file, JSON.stringify(told)));
    if (navigate !== undefined) window.location.assign(event.target.value);
    else if (action) send(action, event.target.type === "checkbox" ? String(event.target.checked) : event.target.value);
  });

  // A form sends all its fields as one JSON object, with the name of the button pressed.
  root.addEventListener("submit", (event) => {
    event.preventDefault();
    const { action, argument } = event.submitter?.dataset ?? {};
    send(action ?? event.target.dataset.action, JSON.stringify({ ...fieldsOf(event.target), "": argument ?? "" }));
    if (event.target.method === "dialog") event.target.closest("dialog")?.close();
  });
  let waiting;
  root.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-live]");
    if (!form) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => send(form.dataset.live, JSON.stringify(fieldsOf(form))), LIVE_MS);
  });

  root.addEventListener("keydown", (event) => {
    if (event.target.getAttribute("role") === "tab") return stepTab(event);
    const menu = event.key === "Escape" && event.target.closest("details.menu[open]");
    if (menu) {
      menu.open = false;
      return menu.querySelector("summary").focus();
    }
    if (event.target.localName !== "input" || event.target.closest("form")) return;
    if (event.key === "Enter") event.target.blur();
    if (event.key === "Escape") {
      event.target.value = model.values[event.target.dataset.value] ?? "";
      event.target.blur();
    }
  });

  const pressed = (event) => {
    const typing = event.composedPath()[0];
    if (["INPUT", "SELECT", "TEXTAREA"].includes(typing.tagName)) return;
    if (event.ctrlKey || event.metaKey || event.altKey || root.querySelector("dialog[open]")) return;
    const element = root.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    const more = root.querySelector("[data-keys]");
    const action = more ? JSON.parse(more.dataset.keys)[event.key] : undefined;
    if (!element && !action) return;
    event.preventDefault();
    if (action) send(...action);
    else if (element.localName === "input") element.select();
    else element.click();
  };
  document.addEventListener("keydown", pressed);
  model.on("remove", () => {
    document.removeEventListener("keydown", pressed);
    window.removeEventListener("pointerup", released, true);
    window.removeEventListener("pointercancel", released, true);
  });

  fill();
  requestAnimationFrame(() => {
    const here = root.querySelector("nav [aria-current]"); // scrollIntoView would have Tab begin there
    if (here) here.parentElement.scrollLeft = here.offsetLeft + here.offsetWidth - here.parentElement.offsetLeft - here.parentElement.clientWidth + FADE_PX;
  });
  return root;
}

// A page's address follows where people look: the links to the other pages lead to the same ticks.
function carry(event) {
  const link = event.target.closest?.(".header nav a");
  if (!link) return;
  const here = new URL(window.location.href).searchParams;
  const there = new URL(link.href);
  for (const name of ["index", "view"]) {
    const value = here.get(name);
    if (value) there.searchParams.set(name, value);
    else there.searchParams.delete(name);
  }
  link.href = there.href;
}

// A file goes in one message, its bytes as base64; one that is too large is told by its size alone.
function sendFile(input, most, tell) {
  const [chosen] = input.files;
  if (!chosen) return;
  if (chosen.size > most) return tell({ name: chosen.name, large: chosen.size });
  const reader = new FileReader();
  reader.onload = () => tell({ name: chosen.name, data: reader.result.split(",", 2)[1] ?? "" });
  reader.readAsDataURL(chosen);
  input.value = ""; // the same file may be chosen again
}

// A file of any size goes to an address of ours; that it goes, and the answer, are told.
async function putFile(input, address, tell) {
  const [file] = input.files;
  if (!file) return;
  tell({ sending: file.name });
  let told;
  try {
    const answer = await fetch(address, { method: "PUT", body: file, cache: "no-store" });
    told = await answer.json().catch(() => ({ error: `The server answered with status ${answer.status}.` }));
  } catch {
    told = { error: "The connection is lost, or the file cannot be read any more. Choose it again." };
  }
  tell({ ...told, file: file.name });
}

// What is in a form: text as text, a check box as true or false, boxes of one name as a list of theirs.
function fieldsOf(form) {
  const found = {};
  for (const field of form.elements) {
    if (!field.name || field.disabled) continue;
    if (field.type === "checkbox" && field.dataset.item !== undefined) {
      found[field.name] = [...(found[field.name] ?? []), ...(field.checked ? [field.value] : [])];
    } else if (field.type === "checkbox") found[field.name] = field.checked;
    else if (field.type === "radio") found[field.name] = field.checked ? field.value : (found[field.name] ?? "");
    else if (field.multiple) found[field.name] = [...field.selectedOptions].map((option) => option.value);
    else found[field.name] = field.value;
  }
  return found;
}

// Change HTML and leave people where they were: the focus, what is selected in it, what is open, how far scrolled.
function keeping(root, change) {
  const active = root.getRootNode().activeElement;
  const held = active && root.contains(active) ? { path: nameOf(active), value: active.value } : null;
  const range = held && active.selectionStart != null ? [active.selectionStart, active.selectionEnd] : null;
  const opened = [...root.querySelectorAll("details[id][open], dialog[id][open]")].map((one) => one.id);
  const scrolled = [...root.querySelectorAll("[id]")].filter((one) => one.scrollTop || one.scrollLeft);
  const places = scrolled.map((one) => [one.id, one.scrollTop, one.scrollLeft]);
  change();
  for (const id of opened) {
    const again = root.querySelector(`#${CSS.escape(id)}`);
    if (again?.localName === "details") again.open = true;
    else if (again && !again.open) again.showModal();
  }
  for (const [id, top, left] of places) {
    root.querySelector(`#${CSS.escape(id)}`)?.scrollTo({ top, left, behavior: "instant" });
  }
  const again = held?.path && root.querySelector(held.path);
  if (!again || again === active) return;
  if (again.localName === "input" && again.type !== "checkbox") again.value = held.value;
  again.focus({ preventScroll: true });
  if (range && again.setSelectionRange) again.setSelectionRange(...range);
}

// A selector that finds the same thing again in the new HTML, or "" where nothing names it.
function nameOf(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  const names = ["name", "data-action", "data-open", "data-argument", "data-lab", "value"];
  const found = names.filter((name) => element.hasAttribute(name) && (name !== "value" || element.type === "checkbox"));
  if (!found.length) return "";
  return element.localName + found.map((name) => `[${name}="${CSS.escape(element.getAttribute(name))}"]`).join("");
}

// Arrow keys go from tab to tab, as people of screen readers expect.
function stepTab(event) {
  const tabs = [...event.target.closest("[role=tablist]").querySelectorAll("[role=tab]")];
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by) return;
  event.preventDefault();
  event.stopPropagation();
  const next = tabs[(tabs.indexOf(event.target) + by + tabs.length) % tabs.length];
  next.focus();
  next.click();
}

// The same page, where it stands, in the other theme; its links keep it.
function inTheme(name) {
  const here = new URL(window.location.href);
  here.searchParams.set("theme", name);
  window.location.assign(here);
}

// Another room's page has a tab of its own in Lab.
function go(address) {
  if (inLab()) window.parent.postMessage({ litlab: "open", argument: address }, window.origin);
  else window.location.assign(address);
}

function inLab() {
  try {
    return window.parent !== window && window.parent.document.querySelector(".jp-LabShell") !== null;
  } catch {
    return false; // a page of another origin frames us
  }
}

function copyCode(popover, button) {
  popover.togglePopover();
  if (!popover.matches(":popover-open")) return;
  const box = button.getBoundingClientRect();
  popover.style.top = `${box.bottom + 4}px`;
  popover.style.right = `${Math.max(document.documentElement.clientWidth - box.right, 4)}px`;
  const said = popover.querySelector("[role=status]");
  const code = popover.querySelector("code");
  const select = () => {
    window.getSelection().selectAllChildren(code);
    said.textContent = "Press Ctrl+C to copy";
  };
  // The clipboard needs a secure page; on plain http the text is selected instead.
  if (!navigator.clipboard) select();
  else navigator.clipboard.writeText(code.textContent).then(() => (said.textContent = "Copied"), select);
}
