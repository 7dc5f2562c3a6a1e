// Zoom and position in the corner of the map.
import { byId } from "./dom.js";
import { formatPosition } from "./format.js";

export function wireReadout(map) {
  const readout = byId("readout");
  const update = () => {
    const zoom = map.getZoom();
    readout.textContent = `z ${zoom.toFixed(2)}   ${formatPosition(map.getCenter(), zoom)}`;
  };
  map.on("move", update);
  update();
}
