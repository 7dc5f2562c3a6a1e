// Tile addresses in the Web Mercator pyramid.

export const tileName = ({ z, x, y }) => `${z}/${x}/${y}`;

export function parseTileName(name) {
  const [z, x, y] = name.split("/").map(Number);
  return { z, x, y };
}

export function tileAt({ lng, lat }, z) {
  const count = 2 ** z;
  const phi = (Math.max(-85.0511287, Math.min(85.0511287, lat)) * Math.PI) / 180;
  const x = Math.floor(((lng + 180) / 360) * count);
  const y = Math.floor(((1 - Math.asinh(Math.tan(phi)) / Math.PI) / 2) * count);
  return { z, x: ((x % count) + count) % count, y: Math.max(0, Math.min(count - 1, y)) };
}

export function parentTile({ z, x, y }) {
  return z === 0 ? null : { z: z - 1, x: x >> 1, y: y >> 1 };
}

const longitude = (x, z) => (x / 2 ** z) * 360 - 180;
const latitude = (y, z) => (Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / 2 ** z))) * 180) / Math.PI;

/** The tile's outline as a closed ring. `wrap` counts worlds to the east. */
export function tileRing({ z, x, y }, wrap = 0) {
  const west = longitude(x, z) + 360 * wrap;
  const east = longitude(x + 1, z) + 360 * wrap;
  const north = latitude(y, z);
  const south = latitude(y + 1, z);
  return [
    [west, north],
    [east, north],
    [east, south],
    [west, south],
    [west, north],
  ];
}
