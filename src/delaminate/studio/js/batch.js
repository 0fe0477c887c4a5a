// Several pictures that are split in one way. The tab keeps the batch over reloads; the files themselves only until then.
//
// {words, most, clear, asked, rows: [{key, name, asset, job, error}]}: `asked` is an id of the wish, null before there is one;
// of a row `asset` and `job` are ids, null until there are any, and `error` says in words why there is none.

/** More pictures than anybody looks through. */
export const MOST = 100;
const files = new Map();

/** Begin a batch with these files; its id. */
export function begin(chosen) {
  const id = crypto.randomUUID().slice(0, 8);
  const rows = [...chosen].slice(0, MOST).map((file) => {
    const key = crypto.randomUUID().slice(0, 8);
    files.set(key, file);
    return { key, name: file.name || "pasted.png", asset: null, job: null, error: "" };
  });
  keep(id, { words: "", most: 6, clear: false, asked: null, rows });
  return id;
}

/** A batch of this tab, or null. */
export function batch(id) {
  return JSON.parse(sessionStorage.getItem(`batch ${id}`) ?? "null");
}

export function keep(id, state) {
  sessionStorage.setItem(`batch ${id}`, JSON.stringify(state));
}

/** The file of a row, while the page that chose it lives. */
export function fileOf(row) {
  return files.get(row.key) ?? null;
}
