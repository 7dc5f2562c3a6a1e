// Numbers as readers want them.

export function formatBytes(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1000).toFixed(bytes < 10_000 ? 1 : 0)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

export const formatPercent = (part, whole) => (whole > 0 ? `${Math.round((100 * part) / whole)} %` : "");

export function formatPosition(center, zoom) {
  const digits = Math.max(0, Math.min(5, Math.ceil(zoom / 3.5)));
  return `${center.lat.toFixed(digits)}, ${center.lng.toFixed(digits)}`;
}
