// A menu at a place of the page, as a right click, a long press or the menu key asks for it.
//
// Its items are {word, sign, keys, does, off} and null for a line between them. Arrows, Home, End and first letters move in
// it; Escape, a press elsewhere and a scroll close it, and the focus goes back to where it was.

import { fill, h } from "../dom.js";
import { icon } from "../icons.js";

const EDGE = 8;
let close = () => {};

/** Whether the event comes from a key: then it says nothing about a place. */
export function isByKey(event) {
  return event.button !== 2 && !event.ctrlKey && event.pointerType !== "touch";
}

/** Open it with its corner at {x, y} of the window; only one is open at a time. */
export function openMenu({ x, y }, label, items) {
  close();
  const before = document.activeElement;
  const closing = new AbortController();
  const { signal } = closing;
  const menu = h("div", { class: "menu", role: "menu", "aria-label": label, popover: "manual", tabindex: -1 });
  const end = (back = true) => {
    closing.abort();
    menu.remove();
    close = () => {};
    if (back && before?.isConnected) before.focus({ preventScroll: true });
  };
  close = () => end(false);
  const choose = (does) => () => {
    // What it does may move the focus.
    end();
    does();
  };
  fill(
    menu,
    trimmed(items).map((item) =>
      item === null
        ? h("hr", {})
        : h(
            "button",
            { type: "button", role: "menuitem", tabindex: -1, disabled: item.off, onclick: choose(item.does) },
            icon(item.sign),
            h("span", {}, item.word),
            item.keys ? h("kbd", { "aria-hidden": "true" }, item.keys) : null,
          ),
    ),
  );
  menu.addEventListener("keydown", (event) => key(event, menu, end));
  menu.addEventListener("contextmenu", (event) => event.preventDefault());
  document.body.append(menu);
  menu.showPopover();
  const { width, height } = menu.getBoundingClientRect();
  menu.style.left = `${Math.max(EDGE, Math.min(innerWidth - width - EDGE, x))}px`;
  menu.style.top = `${Math.max(EDGE, Math.min(innerHeight - height - EDGE, y))}px`;
  menu.querySelector("button:enabled")?.focus();
  addEventListener("pointerdown", (event) => menu.contains(event.target) || end(false), { capture: true, signal });
  for (const type of ["resize", "hashchange", "blur"]) addEventListener(type, () => end(false), { signal });
  addEventListener("wheel", (event) => menu.contains(event.target) || end(false), { passive: true, signal });
}

/** Without lines at its ends, or two in a row. */
function trimmed(items) {
  const rest = items.filter((item) => item !== false);
  return rest.filter((item, at) => item !== null || (at > 0 && at < rest.length - 1 && rest[at + 1] !== null));
}

function key(event, menu, end) {
  event.stopPropagation();
  const rows = [...menu.querySelectorAll("button:enabled")];
  const at = rows.indexOf(document.activeElement);
  const go = (to) => rows[(to + rows.length) % rows.length]?.focus();
  if (event.key === "Escape" || event.key === "Tab") end();
  else if (event.key === "ArrowDown") go(at + 1);
  else if (event.key === "ArrowUp") go(at - 1);
  else if (event.key === "Home") go(0);
  else if (event.key === "End") go(-1);
  else if (/^\p{L}$/u.test(event.key)) {
    const from = [...rows.slice(at + 1), ...rows.slice(0, at + 1)];
    from.find((row) => row.textContent.toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
  } else return;
  event.preventDefault();
}
