// Brings the drawn canvas onto the page: its bundle is fetched once and kept by the browser, its style goes with
// it, and its model is the one that anywidget gives in notebooks.

const bundle = (name) => new URL(`bundle/${name}?v=:VERSION`, document.baseURI).href;

const styled = (root) =>
  new Promise((done) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: bundle("canvas.css") });
    link.onload = link.onerror = done;
    root.append(link);
  });

export async function render({ model, el }) {
  el.style.height = "100%";
  const [{ default: canvas }] = await Promise.all([import(bundle("canvas.js")), styled(el.parentNode)]);
  const place = document.createElement("div");
  place.style.height = "100%";
  place.style.setProperty("--litcanvas-height", "0px"); // the page gives it its height
  el.append(place);
  const drafts = keepDrafts(model);
  const leave = await canvas.render({ model: asWidget(model, drafts), el: place });
  model.on("remove", () => {
    leave?.();
    drafts.close();
  });
}

// The page's model as anywidget's. (Panel's own AnyWidgetComponent shares what it compiles with every other
// component: the one that is drawn first decides what all of them are given.)
function asWidget(model, drafts) {
  let changed = {};
  const named = (event) => event.replace(/^change:/, "");
  return {
    get: (name) => (name in changed ? changed[name] : model[name]),
    set: (name, value) => (changed[name] = value),
    save_changes: () => {
      const now = changed;
      changed = {};
      for (const [name, value] of Object.entries(now)) model[name] = value;
      if ("canvas" in now) drafts.drawn();
    },
    on: (event, call) => model.on(named(event), call),
    off: (event, call) => model.off(named(event), call),
    send: (message) => send(model, message),
  };
}

// JupyterLab has an editor of its own.
function send(model, message) {
  if (message.do === "edit-source" && inLab()) {
    const argument = `components/${message.component}`;
    window.parent.postMessage({ litlab: "edit-source", argument }, window.origin);
  } else model.send_msg(message);
}

function inLab() {
  try {
    return window.parent !== window && window.parent.document.querySelector(".jp-LabShell") !== null;
  } catch {
    return false; // a page of another origin frames us
  }
}
