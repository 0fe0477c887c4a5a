// What the first view does without: every other screen, what it is made of, and its styles.

import { h } from "./dom.js";
import { PictureStage } from "./elements/picture-stage.js";
import { PlanList } from "./elements/plan-list.js";
import { BatchScreen } from "./screens/batch.js";
import { HistoryScreen } from "./screens/history.js";
import { JobScreen } from "./screens/job.js";
import { PictureScreen } from "./screens/picture.js";

/** Resolves when the stylesheet applies; they are all asked for at once and apply in their order. */
function styled(name) {
  const href = new URL(`../css/${name}.css`, import.meta.url).href;
  return new Promise((resolve, reject) =>
    document.head.append(h("link", { rel: "stylesheet", href, onload: resolve, onerror: reject })),
  );
}

await Promise.all(["plan", "run", "history", "stack", "floats", "batch"].map(styled));

customElements.define("picture-stage", PictureStage);
customElements.define("plan-list", PlanList);
customElements.define("picture-screen", PictureScreen);
customElements.define("job-screen", JobScreen);
customElements.define("batch-screen", BatchScreen);
customElements.define("history-screen", HistoryScreen);
