// Forwarding headers from one connection to another.

const OF_THE_CONNECTION = new Set(["connection", "keep-alive", "transfer-encoding", "upgrade", "content-length"]);

/** Returns the pairs of Node's flat list. */
export function pairs(raw) {
  return Array.from({ length: raw.length / 2 }, (_, index) => raw.slice(2 * index, 2 * index + 2));
}

/** Returns the headers without those that apply to one connection only. */
export function endToEnd(headers) {
  return [...headers].filter(([name]) => !OF_THE_CONNECTION.has(name.toLowerCase()));
}

/** Returns whether a response with these headers is a stream of server-sent events, which must not be buffered. */
export function comesBitByBit(headers) {
  return [...headers].some(([name, value]) => name.toLowerCase() === "content-type" && /^text\/event-stream\b/i.test(value));
}
