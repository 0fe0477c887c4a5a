// Shows the stack of /stack.json and keeps what the view tells; a price is answered as the service would.

import "/studio/js/stack/stack-view.js";

const stack = await (await fetch("/stack.json")).json();
document.documentElement.style.setProperty("--bar", "0px");

/** Two frames: what follows the first one's layout, such as the size of a canvas, is drawn in the second. */
window.drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));

/** A new view of the stack, changed by `part`; done when its pictures have come and it is drawn. */
window.show = async (part) => {
  window.view?.remove();
  const view = document.createElement("stack-view");
  window.told = [];
  for (const type of ["revise", "undo", "redo", "export", "copy", "price"]) {
    view.addEventListener(type, ({ detail }) => {
      const { reply, ...said } = detail;
      window.told.push({ type, ...said });
      reply?.({ creativeUnitsCost: said.edits.length * 2 });
    });
  }
  view.scene.addEventListener("settled", () => {
    window.told.push({ type: "settled", arrangement: view.scene.arrangement });
  });
  document.querySelector("main").append(view);
  view.stack = structuredClone({ ...stack, ...part });
  window.view = view;
  const { pictures } = view;
  while (!(pictures.ready(view.stack) && pictures.original)) {
    await new Promise((done) => pictures.addEventListener("load", done, { once: true }));
  }
  await drawn();
};
