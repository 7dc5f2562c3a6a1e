// Asks the server where a tile comes from.
import { inspectUrl } from "./settings.js";

/**
 * The server's answer, which also has the address fields where the tile is missing, or null if it gives none.
 * `signal` cancels the question.
 */
export async function inspect(tileset, tile, signal) {
  try {
    const response = await fetch(inspectUrl(tileset, tile), { signal, headers: { Accept: "application/json" } });
    const answer = await response.json();
    return response.ok ? answer : { error: `Status ${response.status}`, ...answer, found: false };
  } catch (error) {
    if (error.name === "AbortError") throw error;
    return null;
  }
}
