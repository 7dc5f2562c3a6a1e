// Where the map starts when the address bar does not say.

const wholeWorldDegrees = 340;
const narrowPixels = 640;

/** Options for the map: the TileJSON's center where it has one, else its bounds. */
export function startView({ center, bounds, minzoom }) {
  if (Array.isArray(center) && center.length >= 2) {
    const zoom = center[2] ?? minzoom;
    // A phone shows as much of the place as a desktop does, only smaller.
    const narrower = innerWidth < narrowPixels && zoom > 3 ? 1 : 0;
    return { center: [center[0], center[1]], zoom: zoom - narrower };
  }
  if (bounds[2] - bounds[0] > wholeWorldDegrees) return { center: [10, 25], zoom: innerWidth < narrowPixels ? 0.6 : 1.6 };
  return { bounds, fitBoundsOptions: { padding: 40 } };
}
