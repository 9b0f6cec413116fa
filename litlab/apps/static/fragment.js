// Brings a fragment's HTML to life: messages to Python, values from it, keys, dialogs, copying.

export function render({ model }) {
  const root = document.createElement("div");
  root.className = "fragment";
  const send = (action, value) => model.send_msg({ action, value: value ?? "" });

  const apply = () => {
    const active = root.getRootNode().activeElement;
    for (const [name, value] of Object.entries(model.values)) {
      for (const element of root.querySelectorAll(`[data-value="${name}"]`)) {
        if (element.localName !== "input") element.textContent = value;
        else if (element !== active) element.value = value;
      }
      for (const element of root.querySelectorAll(`[data-invalid="${name}"]`)) {
        element.setAttribute("aria-invalid", value ? "true" : "false");
      }
    }
  };
  const fill = () => {
    root.innerHTML = model.html;
    apply();
  };
  model.on("html", fill);
  model.on("values", apply);

  root.addEventListener("click", (event) => {
    const element = event.target.closest("button");
    if (!element) return;
    const { action, argument, open, close, copy } = element.dataset;
    if (open) root.querySelector(`#${open}`).showModal();
    if (close !== undefined || (action && element.closest("dialog"))) element.closest("dialog").close();
    if (copy) copyCode(root.querySelector(`#${copy}`), element);
    if (action) send(action, argument);
  });
  root.addEventListener("change", (event) => {
    const { action, navigate } = event.target.dataset;
    if (navigate !== undefined) window.location.assign(event.target.value);
    else if (action) send(action, event.target.value);
  });
  root.addEventListener("keydown", (event) => {
    if (event.target.localName !== "input") return;
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
  model.on("remove", () => document.removeEventListener("keydown", pressed));

  fill();
  return root;
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
