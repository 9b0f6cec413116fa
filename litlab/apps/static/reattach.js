// A page whose server is gone says so, and comes back by itself at the same address once one answers there.

(() => {
  const AGAIN_MS = 1000;
  const ready = () => {
    const page = window.Bokeh?.documents?.[0];
    if (page) page.on_event("connection_lost", lost);
    else setTimeout(ready, 100);
  };

  let said = null;
  const lost = () => {
    if (said) return;
    said = document.body.appendChild(document.createElement("div"));
    said.id = "lost";
    said.setAttribute("role", "alert");
    said.textContent = "◌ The connection is lost. Jobs go on; this page comes back by itself.";
    setTimeout(look, AGAIN_MS);
  };
  const look = async () => {
    const answer = await fetch(window.location.href, { cache: "no-store" }).catch(() => null);
    if (!answer?.ok) setTimeout(look, AGAIN_MS);
    else if (holds(document, "textarea")) offer();
    else window.location.reload();
  };

  // What was written in an editor is on this page alone: people copy it before they reload.
  const offer = () => {
    said.textContent = "◌ The connection was lost. What is not saved is on this page alone: copy it, then ";
    const again = said.appendChild(document.createElement("button"));
    again.textContent = "Reload";
    again.addEventListener("click", () => window.location.reload());
  };
  const holds = (root, selector) =>
    [...root.querySelectorAll("*")].some(
      (one) => (one.matches(selector) && one.checkVisibility()) || (one.shadowRoot && holds(one.shadowRoot, selector)),
    );

  ready();
})();
