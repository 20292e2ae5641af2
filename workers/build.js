/**
 * Bundles each Worker that is written in TypeScript: NAME/src/index.ts becomes NAME/dist/index.js, the only uploaded module.
 *
 * `node build.js` writes the bundles. `node build.js --check` writes nothing, and fails if a committed bundle differs from
 * its source, or exceeds its size limit. A bundle over its limit is an error in both cases.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const ROOT = dirname(fileURLToPath(import.meta.url));
/** Maximum compressed bytes of a bundle; an unlisted one has Cloudflare's limit only. */
const LARGEST = { gateway: 40 * 1024, limiter: 10 * 1024 };
const BANNER = "// Generated from src/ by `make workers`; do not edit.";

/** Returns the names of the Workers that have a bundle. */
export function names() {
  return readdirSync(ROOT).filter((name) => existsSync(join(ROOT, name, "src", "index.ts")));
}

/** Returns the text of a Worker's bundle, the same on every machine. */
export async function bundle(name) {
  const { outputFiles } = await build({
    absWorkingDir: ROOT, // The bundle names its sources by paths relative to it.
    entryPoints: [join(name, "src", "index.ts")],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*"],
    charset: "utf8",
    legalComments: "inline",
    banner: { js: BANNER },
    logLevel: "error",
  });
  return outputFiles[0].text;
}

async function main(check) {
  const wrong = [];
  for (const name of names()) {
    const file = join(ROOT, name, "dist", "index.js");
    const text = await bundle(name);
    const size = gzipSync(text, { level: 9 }).length;
    if (size > (LARGEST[name] ?? Number.POSITIVE_INFINITY)) {
      wrong.push(`${name}: its bundle has ${size} bytes compressed; at most ${LARGEST[name]} are allowed.`);
    }
    if (check) {
      const committed = existsSync(file) ? readFileSync(file, "utf8") : "";
      if (committed !== text) wrong.push(`${name}/dist/index.js is not what src/ gives now: run \`make workers\`.`);
    } else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      console.log(`${name}: ${size} bytes compressed`);
    }
  }
  for (const line of wrong) console.error(`Error: ${line}`);
  return wrong.length ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main(process.argv.includes("--check"));
