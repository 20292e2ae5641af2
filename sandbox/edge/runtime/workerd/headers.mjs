// Headers on their way from one connection to another.

const OF_THE_CONNECTION = new Set(["connection", "keep-alive", "transfer-encoding", "upgrade", "content-length"]);

/** The pairs of Node's flat list. */
export function pairs(raw) {
  return Array.from({ length: raw.length / 2 }, (_, index) => raw.slice(2 * index, 2 * index + 2));
}

/** Those that do not concern one connection only. */
export function endToEnd(headers) {
  return [...headers].filter(([name]) => !OF_THE_CONNECTION.has(name.toLowerCase()));
}

/** Whether an answer with these headers is server-sent events, which no one may hold back until the last of them. */
export function comesBitByBit(headers) {
  return [...headers].some(([name, value]) => name.toLowerCase() === "content-type" && /^text\/event-stream\b/i.test(value));
}
