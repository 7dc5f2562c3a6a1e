// One line for what went wrong. It replaces the console, which readers do not see.
import { byId } from "./dom.js";

const lingerMs = 8000;
let timer;

export function notify(message, { stays = false } = {}) {
  const notice = byId("notice");
  notice.textContent = message;
  notice.hidden = false;
  clearTimeout(timer);
  if (!stays) timer = setTimeout(() => (notice.hidden = true), lingerMs);
}
