// Following a job through lost connections, by events as long as they work and by asking as soon as they do not.

import * as api from "./api.js";

const ENDED = new Set(["success", "failure", "canceled"]);
const SILENT_MS = 40_000; // the service says "still here" every 15 s
const LONGEST_PAUSE_MS = 8_000;
const STREAM_TRIES = 3;

export function ended(job) {
  return ENDED.has(job.status);
}

/**
 * Call `onJob` whenever the job changes, until it has ended; `onLink(true | false)` says whether the service answers.
 * Gives the ended job. Refusals, such as a job that is not there, are thrown.
 */
export async function watch(id, onJob, onLink, signal) {
  let pause = 500;
  let broken = 0;
  let last = null;
  const heard = (job) => {
    last = job;
    pause = 500;
    onLink(true);
    onJob(job);
  };
  while (!signal.aborted) {
    try {
      if (broken < STREAM_TRIES) {
        const before = last;
        await listen(id, heard, signal);
        if (last !== before) broken = 0;
      } else {
        // Something on the way does not let streams through.
        heard(await api.job(id, signal));
      }
      if (last !== null && ended(last)) return last;
      if (broken >= STREAM_TRIES) await rest(1000, signal);
      else broken += 1;
    } catch (error) {
      if (signal.aborted) break;
      if (!(error instanceof api.Unreachable) && error.name !== "AbortError" && !(error.status >= 500)) throw error;
      broken += 1;
      onLink(false);
      await rest(pause, signal);
      pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
    }
  }
  throw new DOMException("The watch was ended", "AbortError");
}

/** One stream, given up when it has been silent for longer than the service ever is. */
async function listen(id, heard, signal) {
  const silence = new AbortController();
  let alarm = setTimeout(() => silence.abort(), SILENT_MS);
  const onSign = () => {
    clearTimeout(alarm);
    alarm = setTimeout(() => silence.abort(), SILENT_MS);
  };
  try {
    await api.events(id, heard, onSign, AbortSignal.any([signal, silence.signal]));
  } finally {
    clearTimeout(alarm);
  }
}

/** Wait; a network that comes back ends the wait. */
function rest(milliseconds, signal) {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(alarm);
      removeEventListener("online", wake);
      signal.removeEventListener("abort", wake);
      resolve();
    };
    const alarm = setTimeout(wake, milliseconds);
    addEventListener("online", wake);
    signal.addEventListener("abort", wake);
  });
}
