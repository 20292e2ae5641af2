/** Writes the limiter's decisions on each case as JSON: {case: [[decision, …], …]}, a list for each step of calls. */

import { play, TABLE } from "./cases.js";
import { start } from "./limiter.js";

const afters = [];
try {
  const say = await start({ after: (work) => afters.push(work) });
  const answers = {};
  for (const { id, steps } of TABLE) answers[id] = await play(id, steps, say);
  console.log(JSON.stringify(answers));
} finally {
  for (const work of afters) await work();
}
