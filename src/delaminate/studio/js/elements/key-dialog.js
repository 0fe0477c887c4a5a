// <key-dialog>: asks for a key when the service wants one, and keeps it for this tab only.

import * as api from "../api.js";
import { h, tell } from "../dom.js";

export class KeyDialog extends HTMLElement {
  #dialog;
  #key = h("input", { class: "field", id: "key", name: "key", autocomplete: "username", required: true });
  #secret = h("input", { class: "field", id: "secret", type: "password", autocomplete: "off", required: true });
  #refused = h(
    "p",
    { class: "notice bad", role: "alert", hidden: true },
    "This key or its secret is unknown, or it was revoked.",
  );
  #waiting = null;

  connectedCallback() {
    if (this.#dialog) return;
    const form = h(
      "form",
      { class: "stack-gap", method: "dialog", onsubmit: (event) => this.#take(event) },
      h("h2", { id: "key-title" }, "This service asks for a key"),
      h(
        "p",
        { class: "hint" },
        "Whoever runs it makes one with “delaminate key create”. " +
          "It is kept until you close this tab, and nowhere else.",
      ),
      this.#refused,
      h("div", {}, h("label", { class: "label", for: "key" }, "API key"), this.#key),
      h("div", {}, h("label", { class: "label", for: "secret" }, "Secret"), this.#secret),
      h("button", { class: "button primary wide" }, "Go on"),
    );
    this.#dialog = h("dialog", { "aria-labelledby": "key-title", oncancel: (event) => event.preventDefault() }, form);
    this.append(this.#dialog);
  }

  /** Open; resolves when a key was given. Calls that come while it is open wait for the same answer. */
  ask(refused) {
    this.#refused.hidden = !refused;
    if (this.#waiting === null) {
      let given;
      const promise = new Promise((resolve) => (given = resolve));
      this.#waiting = { promise, given };
      this.#dialog.showModal();
      this.#key.focus();
    }
    return this.#waiting.promise;
  }

  #take(event) {
    event.preventDefault();
    api.signIn(this.#key.value, this.#secret.value);
    this.#secret.value = "";
    const { given } = this.#waiting;
    this.#waiting = null;
    this.#dialog.close();
    tell(this, "signed-in");
    given();
  }
}
