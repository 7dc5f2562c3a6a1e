// The icons of the map, drawn as distance fields: one shape each, coloured by the style.

const size = 32;
const ratio = 2;
const edge = 0.75; // the value MapLibre takes for the outline
const reach = 8; // pixels over which the field falls from 1 to 0

function distanceField(distance, more = {}) {
  const data = new Uint8ClampedArray(size * size * 4).fill(255);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const outside = distance(x + 0.5 - size / 2, y + 0.5 - size / 2);
      data[(y * size + x) * 4 + 3] = 255 * (edge - outside / reach);
    }
  }
  return { image: { width: size, height: size, data }, options: { sdf: true, pixelRatio: ratio, ...more } };
}

const disc = (radius) => (x, y) => Math.hypot(x, y) - radius;
const ring = (radius, width) => (x, y) => Math.abs(Math.hypot(x, y) - radius) - width / 2;
const either = (a, b) => (x, y) => Math.min(a(x, y), b(x, y));

/** Distance to a triangle that stands on its base, near enough for an icon. */
const triangle = (half) => (x, y) => Math.max(y - half * 0.75, (Math.abs(x) * 0.87 - y * 0.5 - half * 0.5) * 1);

function roundedBox(half, radius) {
  return (x, y) => {
    const dx = Math.max(Math.abs(x) - half + radius, 0);
    const dy = Math.max(Math.abs(y) - half + radius, 0);
    return Math.hypot(dx, dy) - radius;
  };
}

const icons = {
  dot: () => distanceField(disc(7)),
  capital: () => distanceField(either(disc(3.2), ring(7.5, 2.4))),
  peak: () => distanceField(triangle(9)),
  shield: () => distanceField(roundedBox(11, 5), { stretchX: [[13, 19]], stretchY: [[13, 19]], content: [6, 6, 26, 26] }),
};

/** Draws an icon when a tile first asks for it. */
export function serveIcons(map) {
  map.setMissingStyleImageResolver(async (id) => {
    if (!icons[id] || map.hasImage(id)) return;
    const { image, options } = icons[id]();
    map.addImage(id, image, options);
  });
}
