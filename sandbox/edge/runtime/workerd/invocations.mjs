// How many more times Workers may call Workers: each call takes one from what its caller had left, as the vendor's
// header CF-EW-Via does, so that a Worker that calls itself comes to an end.
//
// The runtime does not say for which of its requests a Worker makes one of its own: the deepest that is open is taken.

/** @typedef {{left: number, zone: string}} Call  Calls left, this one included, and the zone whose host was asked. */

/** How many times Workers may call Workers for one request or event. */
export const LONGEST_CHAIN = 16;
const ONE_OF_ITS_OWN = { left: LONGEST_CHAIN, zone: "" };

/** @type {Map<string, Set<Call>>} */
const open = new Map();

/** Does `work` as a call of the script `key`. */
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

/** What a call that the script `key` makes now has left. */
export function next(key) {
  const calls = [...(open.get(key) ?? [ONE_OF_ITS_OWN])];
  const deepest = calls.reduce((one, other) => (other.left < one.left ? other : one));
  return { ...deepest, left: deepest.left - 1 };
}
