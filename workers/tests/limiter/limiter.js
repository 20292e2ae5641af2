/** Runs the limiter in workerd, called user by user. */

import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { COMPATIBILITY_DATE } from "../workerd.js";

/** Starts it. `call(user, method, ...args)` resolves to the result of the object's method, or rejects with its error. */
export async function start(t) {
  const bundled = await build({
    entryPoints: [fileURLToPath(new URL("world.js", import.meta.url))],
    bundle: true,
    write: false,
    format: "esm",
    external: ["cloudflare:*"],
  });
  const runtime = new Miniflare({
    modules: true,
    script: bundled.outputFiles[0].text,
    compatibilityDate: COMPATIBILITY_DATE,
    durableObjects: { LIMITER: { className: "TestLimiter", useSQLite: true } },
    host: "127.0.0.1",
  });
  t.after(() => runtime.dispose());
  await runtime.ready;
  return async (user, method, ...args) => {
    const response = await runtime.dispatchFetch(`http://limiter/${encodeURIComponent(user)}/${method}`, {
      method: "POST",
      body: JSON.stringify(args),
    });
    const { value, error } = await response.json();
    if (error !== undefined) throw new Error(error);
    return value;
  };
}
