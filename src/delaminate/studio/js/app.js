// The studio: what the address names is shown in <main>. #/ · #/picture/ID · #/job/ID · #/history · #/batch/ID

import * as api from "./api.js";
import { announce, fill, h, tell } from "./dom.js";
import { KeyDialog } from "./elements/key-dialog.js";
import { icon } from "./icons.js";
import { HomeScreen } from "./screens/home.js";

customElements.define("key-dialog", KeyDialog);

const SCREENS = {
  "": "home-screen",
  picture: "picture-screen",
  job: "job-screen",
  history: "history-screen",
  batch: "batch-screen",
};
const main = document.getElementById("main");
const home = document.querySelector("home-screen");
const toasts = h("div", { class: "toasts" });
const keys = h("key-dialog");
document.body.append(toasts, keys);

api.onKeyNeeded((refused) => keys.ask(refused));

/** The other screens. An element that is on the page before its class came wakes up when it comes. */
const rest = () =>
  import("./rest.js").catch(() =>
    tell(main, "say", { bad: true, text: "Part of the studio did not arrive. Reload the page." }),
  );

function show() {
  const [, name = "", id = ""] = location.hash.split("/");
  const tag = SCREENS[name] ?? "home-screen";
  const now = main.firstElementChild;
  // A screen may take another address without being built anew: a revision is shown where its picture is.
  if (now?.localName === tag && now.visit?.(id)) return;
  if (tag !== "home-screen" && !customElements.get(tag)) rest();
  const screen = tag === "home-screen" ? home : document.createElement(tag);
  screen.dataset.id = id;
  if (screen !== now) fill(main, screen);
  scrollTo(0, 0);
  for (const link of document.querySelectorAll(".bar-link")) {
    const current = link.getAttribute("href") === (name === "history" ? "#/history" : "#/");
    if (current && (name === "" || name === "history")) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

/** Something went wrong, or something is worth a sentence. */
addEventListener("say", ({ detail }) => {
  const toast = h(
    "div",
    { class: "toast", role: detail.bad ? "alert" : "status" },
    icon(detail.bad ? "warn" : "tick"),
    h("span", {}, detail.text),
    h("button", { class: "icon-button", "aria-label": "Close this message", onclick: () => toast.remove() }, "×"),
  );
  toasts.append(toast);
  setTimeout(() => toast.remove(), detail.bad ? 12_000 : 5_000);
});

addEventListener("titled", ({ detail }) => {
  document.title = detail ? `${detail} · delaminate` : "delaminate studio";
  announce(detail || "New picture");
});

function showKeyState() {
  const end = document.getElementById("bar-end");
  if (!api.signedIn()) return fill(end);
  const leave = () => {
    api.signOut();
    location.reload();
  };
  return fill(end, h("button", { class: "button quiet", onclick: leave }, icon("key"), "Sign out"));
}

async function shortcuts() {
  // With its styles.
  await rest();
  const { showShortcuts } = await import("./elements/shortcut-list.js");
  showShortcuts();
}
document.getElementById("shortcuts").addEventListener("click", shortcuts);
addEventListener("keydown", (event) => {
  const writes = event.target.closest?.("input:not([type=range], [type=checkbox], [type=radio]), textarea, select");
  if (event.key !== "?" || writes || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  shortcuts();
});

addEventListener("signed-in", showKeyState);
addEventListener("hashchange", () => {
  show();
  // Who went on by keyboard goes on from the top of what is new.
  if (document.activeElement === document.body) main.focus({ preventScroll: true });
});
showKeyState();
show();
// Only now: where another screen is shown, this one sleeps until it is.
customElements.define("home-screen", HomeScreen);
// What comes next comes with the first sign of use: before it is asked for, but not with the first view.
for (const sign of ["pointermove", "pointerdown", "keydown", "dragenter"]) addEventListener(sign, rest, { once: true });
