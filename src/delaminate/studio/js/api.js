// The service's public API. No other module talks to the network, but images load by the links that come from here.

const ROOT = new URL("v1/", document.baseURI);
const KEY = "delaminate key";
const PART_BYTES = 8 * 2 ** 20;

/** An answer that is an error; `message` is the service's own sentence. */
export class Refusal extends Error {
  constructor(status, body) {
    super(body?.reason ?? `The service answered ${status}.`);
    this.status = status;
    this.code = body?.code ?? "";
    this.input = body?.details?.input ?? "";
  }
}

/** No answer came at all. */
export class Unreachable extends Error {
  constructor() {
    super("The service does not answer. Check that it still runs; nothing is lost.");
  }
}

let askForKey = async () => {
  throw new Refusal(401, { reason: "This service needs a key." });
};

/** `ask(refused)` opens whatever asks for a key and resolves when `signIn` was called; `refused`: one was tried. */
export function onKeyNeeded(ask) {
  askForKey = ask;
}

/** Keep a key for this tab, until it is closed. */
export function signIn(key, secret) {
  sessionStorage.setItem(KEY, btoa(`${key.trim()}:${secret.trim()}`));
}

export function signOut() {
  sessionStorage.removeItem(KEY);
}

export function signedIn() {
  return sessionStorage.getItem(KEY) !== null;
}

function headers(more = {}) {
  const key = sessionStorage.getItem(KEY);
  return key === null ? more : { Authorization: `Basic ${key}`, ...more };
}

async function answer(url, options) {
  try {
    return await fetch(url, { cache: "no-store", credentials: "omit", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Unreachable();
  }
}

async function call(path, { method = "GET", body, signal, more = {} } = {}) {
  for (;;) {
    const content = body === undefined ? {} : { "Content-Type": "application/json" };
    const used = sessionStorage.getItem(KEY);
    const response = await answer(new URL(path, ROOT), {
      method,
      signal,
      headers: headers({ ...content, ...more }),
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (response.ok) return response;
    if (response.status === 401) {
      // Another call may have been told meanwhile.
      if (sessionStorage.getItem(KEY) === used) await askForKey(used !== null);
      continue;
    }
    throw new Refusal(response.status, await response.json().catch(() => null));
  }
}

async function json(path, options) {
  return (await call(path, options)).json();
}

// ------------------------------------------------------------------------------------------------------- pictures

/** Send a picture in parts; `progress(share)` is called after each; `hide`: listed nowhere. Gives its asset. */
export async function upload(file, progress = () => {}, signal = undefined, hide = false) {
  const parts = Math.max(1, Math.ceil(file.size / PART_BYTES));
  const about = { fileName: file.name || "pasted.png", contentType: file.type, fileSize: file.size, parts };
  const { upload: opened } = await json("uploads", {
    method: "POST",
    body: { ...about, kind: "image", assetOptions: { hide } },
    signal,
  });
  for (const [at, part] of opened.parts.entries()) {
    const piece = file.slice(at * PART_BYTES, (at + 1) * PART_BYTES);
    const response = await answer(part.url, { method: "PUT", body: piece, signal });
    if (!response.ok) throw new Refusal(response.status, await response.json().catch(() => null));
    progress((at + 1) / (parts + 1));
  }
  const done = await json(`uploads/${opened.id}/action`, { method: "POST", body: { action: "complete" }, signal });
  if (done.upload.status !== "imported") throw new Refusal(400, { reason: done.upload.errorMessage });
  progress(1);
  return asset(done.upload.entityId);
}

/** One of the pictures that come with the studio, as a file. */
export async function example(name) {
  const response = await answer(new URL(`../examples/${name}`, import.meta.url), { cache: "default" });
  return new File([await response.blob()], name, { type: "image/png" });
}

export async function asset(id) {
  return (await json(`assets/${id}`)).asset;
}

/** Assets by id; those that are gone are left out. */
export async function assets(ids) {
  const found = new Map();
  for (let at = 0; at < ids.length; at += 200) {
    const page = await json("assets/get-bulk", { method: "POST", body: { assetIds: ids.slice(at, at + 200) } });
    for (const one of page.assets) found.set(one.id, one);
  }
  return found;
}

// ------------------------------------------------------------------------------------------------ plans and jobs

export const MODEL = "model_scenario-image-layers-extractor";

export async function model() {
  return (await json(`models/${MODEL}`)).model;
}

/** Read an instruction and look for what it asks for. */
export function plan(body, signal) {
  return json("layers/plan", { method: "POST", body: { ...body, locate: true }, signal });
}

/** What is at a point or in a box of a picture: `{name, role, bbox, mask, …}` or null. */
export async function propose(body, signal) {
  return (await json("layers/propose", { method: "POST", body, signal })).found;
}

/** Ask for a job; asked twice with the same `once`, it is made once. */
export async function generate(body, once) {
  const more = { "Idempotency-Key": once };
  return (await json(`generate/custom/${MODEL}`, { method: "POST", body, more })).job;
}

/** What such a job would cost at most, in compute units. */
export async function price(body) {
  return (await json(`generate/custom/${MODEL}?dryRun=true`, { method: "POST", body })).creativeUnitsCost;
}

/** The layers that a running job has made already: `[{id, url}]`. */
export async function made(id) {
  return (await json(`jobs/${id}/made`)).made;
}

export async function job(id, signal) {
  return (await json(`jobs/${id}`, { signal })).job;
}

/** A page of jobs, newest first: `{jobs, next}`. */
export async function jobs(token, size = 50) {
  const query = new URLSearchParams({ types: "custom", pageSize: size, ...(token ? { paginationToken: token } : {}) });
  const page = await json(`jobs?${query}`);
  return { jobs: page.jobs, next: page.nextPaginationToken ?? null };
}

export async function cancel(id) {
  return (await json(`jobs/${id}/action`, { method: "POST", body: { action: "cancel" } })).job;
}

export async function forget(id) {
  await call(`jobs/${id}`, { method: "DELETE" });
}

/** Ask for a job that changes some layers of another. */
export async function revise(id, edits, once) {
  return (await json(`jobs/${id}/revise`, { method: "POST", body: { edits }, more: { "Idempotency-Key": once } })).job;
}

/** Keep how a job's layers are arranged. */
export async function arrange(id, arrangement) {
  await call(`jobs/${id}/arrangement`, { method: "PUT", body: arrangement });
}

/** What a revision would cost at most, in compute units. */
export async function revisionPrice(id, edits) {
  return (await json(`jobs/${id}/revise?dryRun=true`, { method: "POST", body: { edits } })).creativeUnitsCost;
}

/**
 * Follow a job by server-sent events: calls `onJob` for each and `onSign` at any sign of life, until the stream ends.
 * EventSource cannot send a key; the stream is read here instead.
 */
export async function events(id, onJob, onSign, signal) {
  const response = await call(`jobs/${id}/events`, { signal, more: { Accept: "text/event-stream" } });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      onSign();
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) {
        const data = block.split("\n").filter((line) => line.startsWith("data: "));
        if (data.length) onJob(JSON.parse(data.map((line) => line.slice(6)).join("\n")).job);
      }
    }
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Unreachable();
  } finally {
    reader.cancel().catch(() => {});
  }
}

// ------------------------------------------------------------------------------------------------------ downloads

/** The formats that layers can be downloaded in. */
export async function exporters() {
  const told = await json("exporters");
  return told.exporters ?? told;
}

/**
 * The address of a job's layers in a format. `layers`: ids, all where there are none; `trim`: cut to what they cover;
 * `arranged`: as they were arranged.
 */
function exportPath(id, { format, layers = [], trim = false, arranged = false }) {
  const query = new URLSearchParams({ format });
  if (layers.length) query.set("layers", layers.join());
  if (trim) query.set("trim", "true");
  if (arranged) query.set("arranged", "true");
  return `jobs/${id}/export?${query}`;
}

/** The layers of a job, or some of them, as a file. */
export async function download(id, wanted) {
  return (await call(exportPath(id, wanted))).blob();
}

/** Where a file can be fetched without a key; null where the service wants one. */
export function openLink(id, wanted) {
  return signedIn() ? null : new URL(exportPath(id, wanted), ROOT).href;
}
