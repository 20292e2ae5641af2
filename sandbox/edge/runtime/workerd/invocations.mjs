// The number of further calls that Workers may make to Workers: each call has one less left than its caller, as with
// the vendor's header CF-EW-Via, so that a Worker that calls itself is stopped.
//
// The runtime does not report which of its requests a Worker is serving when it makes its own: the deepest open one is
// assumed.

/** @typedef {{left: number, zone: string}} Call  Calls left, including this one, and the zone of the requested host. */

/** The number of calls between Workers for one request or event. */
export const LONGEST_CHAIN = 16;
const ONE_OF_ITS_OWN = { left: LONGEST_CHAIN, zone: "" };

/** @type {Map<string, Set<Call>>} */
const open = new Map();

/** Runs `work` as a call of the script `key`. */
export async function during(key, call, work) {
  const calls = open.get(key) ?? new Set();
  open.set(key, calls.add(call));
  try {
    return await work();
  } finally {
    calls.delete(call);
    if (!calls.size) open.delete(key);
  }
}

/** Returns the next call that the script `key` would make now. */
export function next(key) {
  const calls = [...(open.get(key) ?? [ONE_OF_ITS_OWN])];
  const deepest = calls.reduce((one, other) => (other.left < one.left ? other : one));
  return { ...deepest, left: deepest.left - 1 };
}
