// What is drawn and not saved stays in this browser: after a reload, or from another page, it is there again.

const DRAFT = "litlab.draft:";
const DRAFTS = 20; // the newest of all that are kept here
const DRAFT_MOST = 1_000_000; // characters
const DRAFT_MS = 200;

function keepDrafts(model) {
  let pending = null;
  let timer;
  let lost = false; // what is drawn could not be kept
  const write = () => {
    clearTimeout(timer);
    if (!pending) return;
    const { key, ...draft } = pending;
    pending = null;
    lost = !putDraft(key, draft);
  };
  const drawn = () => {
    const { key, name, over } = model.opened;
    if (!key) return;
    pending = { key, name, over, at: Date.now(), canvas: model.canvas };
    clearTimeout(timer);
    timer = setTimeout(write, DRAFT_MS);
  };
  const heard = (message) => {
    if (message?.keep) drawn(); // it came from elsewhere, and is in no file of ours
    const key = message?.forget;
    if (!key) return;
    if (pending?.key === key) pending = null;
    lost = false;
    withDrafts((kept) => kept.removeItem(DRAFT + key));
  };
  const leaving = (event) => {
    write();
    if (lost && !model.saved) event.preventDefault(); // nothing else is asked about: it is kept
  };
  model.on("msg:custom", heard);
  addEventListener("beforeunload", leaving);
  addEventListener("pagehide", write);
  const { place } = model.opened;
  const found = {};
  withDrafts((kept) => {
    for (const name of Object.keys(kept)) {
      if (name.startsWith(`${DRAFT}${place}/`)) found[name.slice(DRAFT.length)] = JSON.parse(kept.getItem(name));
    }
  });
  if (place && Object.keys(found).length) model.send_msg({ do: "drafts", found });
  return {
    drawn,
    close: () => {
      write();
      removeEventListener("beforeunload", leaving);
      removeEventListener("pagehide", write);
    },
  };
}

// Whether it is kept: a browser may refuse, or have no room.
function putDraft(key, draft) {
  const text = JSON.stringify(draft);
  if (text.length > DRAFT_MOST) return false;
  return withDrafts((kept) => {
    const at = (name) => JSON.parse(kept.getItem(name)).at ?? 0;
    const others = Object.keys(kept).filter((name) => name.startsWith(DRAFT) && name !== DRAFT + key);
    others.sort((one, other) => at(other) - at(one));
    for (const name of others.slice(DRAFTS - 1)) kept.removeItem(name);
    kept.setItem(DRAFT + key, text);
  });
}

function withDrafts(work) {
  try {
    work(localStorage);
    return true;
  } catch {
    return false;
  }
}
