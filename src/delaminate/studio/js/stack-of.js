// A finished job as what <stack-view> shows: its layers bottom to top with the addresses of their pictures.

import { advised } from "./advice.js";
import * as api from "./api.js";
import { shown, sizeOf } from "./drawing.js";

/** Nothing where a picture of it was deleted. */
export async function stackOf(job) {
  const { layers, recomposition } = job.metadata.output;
  const targets = job.metadata.output.targets.map(advised);
  const image = job.metadata.input.image;
  const [found, offered, record] = await Promise.all([
    api.assets([image, ...layers.map((layer) => layer.assetId)]),
    api.exporters().catch(() => []),
    api.model(),
  ]);
  if (layers.some((layer) => !found.has(layer.assetId))) return null;
  const masks = new Map(
    layers.map((layer) => [layer.id, found.get(layer.assetId).metadata.inventedMaskAssetId]).filter(([, mask]) => mask),
  );
  const drawn = await api.assets([...masks.values()]);
  const invented = {};
  for (const [id, mask] of masks) if (drawn.has(mask)) invented[id] = shown(drawn.get(mask));
  const first = found.get(layers[0].assetId);
  const whole = found.get(image) ?? first;
  return {
    ...sizeOf(first),
    exact: recomposition.differingPixels === 0,
    differingPixels: recomposition.differingPixels,
    originalUrl: found.has(image) ? shown(whole) : null,
    invented,
    layers: layers.map((layer) => view(layer, found.get(layer.assetId), targets)),
    inpaintModels: modelsOf(record),
    limits: record.parameters.limits,
    free: Boolean(record.parameters.free),
    exporters: offered,
    outcomes: targets,
    arrangement: job.metadata.arrangement ?? null,
    canUndo: parentOf(job) !== null,
    canRedo: false,
    busy: false,
    fileName: (whole.metadata.name ?? "picture").replace(/\.[a-z]{3,4}$/i, ""),
  };
}

function view(layer, asset, targets) {
  const advice = targets.find((one) => one.layers?.includes(layer.id))?.advice ?? "";
  const { id, name, role, z, bbox, confidence = null, text = null } = layer;
  const { width, height } = asset.preview ?? sizeOf(asset);
  return { id, name, role, z, bbox, confidence, text, advice, url: shown(asset), file: asset.url, width, height };
}

function modelsOf({ parameters, uiConfig }) {
  const names = uiConfig?.selects?.inpaintModel ?? {};
  return Object.entries(parameters.inpaintModels ?? {}).map(([id, price]) => ({
    id,
    name: names[id] ?? id,
    price,
    ready: true,
  }));
}

/** The job that a job revises, or null. */
export function parentOf(job) {
  return job.metadata.revises ?? null;
}
