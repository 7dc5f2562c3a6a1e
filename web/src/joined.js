// One request for all who want the same thing at the same time.

const running = new Map(); // key -> {promise, controller, askers}

const noLongerWanted = () => new DOMException("No longer wanted", "AbortError");

/**
 * The outcome of `start(signal)`, shared by everyone who asks for `key` while it runs. It is aborted when the last asker
 * has left; one who leaves is told by an AbortError at once.
 */
export function joined(key, signal, start) {
  if (signal.aborted) return Promise.reject(noLongerWanted());
  let shared = running.get(key);
  if (!shared) {
    const controller = new AbortController();
    shared = { controller, askers: 0, promise: null };
    running.set(key, shared);
    const done = () => running.get(key) === shared && running.delete(key);
    shared.promise = start(controller.signal).finally(done);
  }
  shared.askers += 1;
  return new Promise((resolve, reject) => {
    const leave = () => {
      shared.askers -= 1;
      if (shared.askers === 0) {
        running.delete(key);
        shared.controller.abort();
      }
      reject(noLongerWanted());
    };
    signal.addEventListener("abort", leave, { once: true });
    const settle = (how) => (value) => {
      signal.removeEventListener("abort", leave);
      how(value);
    };
    shared.promise.then(settle(resolve), settle(reject));
  });
}
