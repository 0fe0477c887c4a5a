// What was done to a picture's layers, step by step: arrangements and repairs in one line, kept in the tab over reloads.

const MOST = 200;
const rootOf = (job) => sessionStorage.getItem(`root ${job}`);

/** One picture's line of states `{job, arrangement}`; the arrangement is JSON text. */
export class Timeline {
  #root;
  #states;
  #at;

  /** `job` may revise `parent`, or nothing. */
  constructor(job, parent) {
    this.#root = rootOf(job) ?? (parent && (rootOf(parent) ?? parent)) ?? job;
    const kept = JSON.parse(sessionStorage.getItem(`timeline ${this.#root}`) ?? "null");
    this.#states = kept?.states ?? [];
    this.#at = kept?.at ?? -1;
  }

  get now() {
    return this.#states[this.#at] ?? null;
  }

  get canUndo() {
    return this.#at > 0;
  }

  get canRedo() {
    return this.#at < this.#states.length - 1;
  }

  /** A step was made; what had been undone is forgotten. */
  add(job, arrangement) {
    const { now } = this;
    if (now?.job === job && now.arrangement === arrangement) return;
    this.#states = [...this.#states.slice(0, this.#at + 1), { job, arrangement }].slice(-MOST);
    this.#at = this.#states.length - 1;
    this.#keep(job);
  }

  /** Go one step back (-1) or forth (1); gives the state that holds then. */
  go(step) {
    this.#at = Math.max(0, Math.min(this.#states.length - 1, this.#at + step));
    this.#keep(this.now.job);
    return this.now;
  }

  /** Make the state of a job that is shown the one that holds; whether there is one. */
  goTo(job) {
    if (this.now?.job === job) return true;
    const at = this.#states.findLastIndex((state) => state.job === job);
    if (at < 0) return false;
    this.#at = at;
    this.#keep(job);
    return true;
  }

  #keep(job) {
    sessionStorage.setItem(`root ${job}`, this.#root);
    sessionStorage.setItem(`timeline ${this.#root}`, JSON.stringify({ states: this.#states, at: this.#at }));
  }
}
