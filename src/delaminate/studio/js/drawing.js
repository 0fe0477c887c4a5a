// How pictures of the service are shown: its scaled preview where there is one, at full size only for downloads.

/** The address of a picture to show. */
export function shown(asset) {
  return asset.preview?.url ?? asset.url;
}

export function sizeOf(asset) {
  return { width: asset.metadata.width, height: asset.metadata.height };
}

/** "just now", "5 minutes ago", "21 Nov". */
export function ago(instant) {
  const seconds = (Date.now() - Date.parse(instant)) / 1000;
  if (seconds < 60) return "just now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return new Date(instant).toLocaleDateString(undefined, { day: "numeric", month: "short" });
}

/** What a number of compute units is called; nothing is said where nothing costs. */
export function priced(units) {
  if (!units) return "";
  return `At most ${Number(units.toFixed(2))} compute ${units === 1 ? "unit" : "units"}`;
}
