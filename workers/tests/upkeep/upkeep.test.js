/** Prevents: tables that grow for ever, an upkeep that fails unnoticed, and one that never ends. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Miniflare } from "miniflare";
import { serve } from "../gateway/world.js";
import { COMPATIBILITY_DATE } from "../workerd.js";

const MODULE = readFileSync(new URL("../../upkeep/dist/index.js", import.meta.url), "utf8");
const URL_OF = "postgresql://prductr_service:hunter2-hunter2@ep-quiet-pooler.eu.neon.example/neondb?sslmode=require";
const FUNCTIONS = { analytics: "trim_analytics", rate_limits: "trim_rate_limits", file_locks: "trim_file_locks" };

/**
 * Starts a database that serves SQL over HTTP as Neon does: `rows` is the number of rows for each job to remove; `refuse` may
 * return another response to a statement.
 */
async function database(t, rows = {}, refuse = () => false) {
  const left = { analytics: 0, rate_limits: 0, file_locks: 0, ...rows };
  const found = { left, statements: [], records: {} };
  const server = await serve(t, async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { query, params } = JSON.parse(Buffer.concat(chunks));
    found.statements.push({ query, params, address: request.headers["neon-connection-string"] });
    if (refuse(query, response)) return;
    const job = Object.keys(FUNCTIONS).find((name) => query.includes(FUNCTIONS[name]));
    let value = null;
    if (job) {
      const batch = Number(params.at(-1));
      value = Math.min(batch, left[job]);
      left[job] -= value;
    } else found.records[params[0]] = Number(params[1]);
    response.setHeader("content-type", "application/json");
    const fields = [{ name: "removed", dataTypeID: job ? 20 : 2278 }];
    response.end(
      JSON.stringify({
        rows: [[value === null ? "" : String(value)]],
        fields,
        command: "SELECT",
        rowCount: 1,
        rowAsArray: true,
      }),
    );
  });
  found.url = `${server.url}/sql`;
  return found;
}

/** Runs the real scheduled handler once. */
async function run(t, store, bindings = {}) {
  const lines = [];
  const all = { VERSION: "0123456789ab", DATABASE_URL: URL_OF, SQL_ENDPOINT: store.url, ...bindings };
  const runtime = new Miniflare({
    modules: true,
    script: MODULE,
    compatibilityDate: COMPATIBILITY_DATE,
    bindings: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null)),
    host: "127.0.0.1",
    handleRuntimeStdio(stdout, stderr) {
      for (const stream of [stdout, stderr])
        stream.on("data", (data) => lines.push(...`${data}`.split("\n").filter(Boolean)));
    },
  });
  t.after(() => runtime.dispose());
  const worker = await runtime.getWorker();
  const { outcome } = await worker.scheduled({ cron: "17 * * * *" });
  const logged = lines.flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : []));
  for (const line of lines) assert.ok(!line.includes("hunter2"), line);
  return { outcome, logged, lines };
}

const refused = (response, message, code) => {
  response.writeHead(400, { "content-type": "application/json" });
  response.end(JSON.stringify({ severity: "ERROR", code, message }));
  return true;
};

test("every job runs in batches until one is not full, and is recorded with the number of removed rows", async (t) => {
  const store = await database(t, { analytics: 2500, rate_limits: 999, file_locks: 0 });
  const { outcome, logged } = await run(t, store);
  assert.equal(outcome, "ok");
  assert.deepEqual(store.left, { analytics: 0, rate_limits: 0, file_locks: 0 });
  assert.deepEqual(store.records, { analytics: 2500, rate_limits: 999, file_locks: 0 });
  const calls = (name) => store.statements.filter(({ query }) => query.includes(name)).map(({ params }) => params);
  assert.deepEqual(calls("trim_analytics"), Array(3).fill(["400 days", "1000"]));
  assert.deepEqual(calls("trim_file_locks"), [["1000"]]);
  // The driver adds its name to the address.
  assert.ok(store.statements.every(({ address }) => address.startsWith(`${URL_OF}&application_name=`)));
  assert.deepEqual(logged[0], {
    event: "upkeep",
    version: "0123456789ab",
    job: "analytics",
    removed: 2500,
    batches: 3,
    more: false,
  });
});

test("each statement calls one function of the contract, with its types", async (t) => {
  const store = await database(t);
  await run(t, store);
  assert.deepEqual(
    [...new Set(store.statements.map(({ query }) => query))],
    [
      "select public.trim_analytics($1::interval, $2::integer) as removed",
      "select public.record_upkeep($1::text, $2::bigint)",
      "select public.trim_rate_limits($1::integer) as removed",
      "select public.trim_file_locks($1::integer) as removed",
    ],
  );
});

test("retention and bounds are configurable; remaining rows wait for the next run", async (t) => {
  const store = await database(t, { analytics: 1000 });
  const { logged } = await run(t, store, { ANALYTICS_RETENTION_DAYS: "30", BATCH_ROWS: "100", MAXIMUM_BATCHES: "4" });
  assert.equal(store.left.analytics, 600);
  assert.deepEqual(store.statements[0].params, ["30 days", "100"]);
  assert.deepEqual([logged[0].removed, logged[0].batches, logged[0].more], [400, 4, true]);
  await run(t, store, { BATCH_ROWS: "100" });
  assert.equal(store.left.analytics, 0);
});

test("a failing job is not recorded, does not stop the others, and fails the run", async (t) => {
  const store = await database(
    t,
    { file_locks: 5 },
    (query, response) =>
      query.includes("trim_rate_limits") &&
      refused(response, "function public.trim_rate_limits(integer) does not exist", "42883"),
  );
  const { outcome, logged } = await run(t, store);
  assert.equal(outcome, "exception");
  assert.deepEqual(store.records, { analytics: 0, file_locks: 5 });
  const failed = logged.filter(({ event }) => event === "upkeep_failed");
  assert.deepEqual(
    failed.map(({ job, code }) => [job, code]),
    [["rate_limits", "42883"]],
  );
});

test("a success that cannot be recorded counts as a failure", async (t) => {
  const store = await database(
    t,
    {},
    (query, response) => query.includes("record_upkeep") && refused(response, "permission denied", "42501"),
  );
  const { outcome, logged } = await run(t, store);
  assert.equal(outcome, "exception");
  assert.equal(logged.filter(({ event }) => event === "upkeep_failed").length, 3);
});

test("a database that never responds is given up in time, and reported as a failure", async (t) => {
  const store = await database(t, {}, () => true);
  const started = Date.now();
  const { outcome } = await run(t, store, { STATEMENT_TIMEOUT_SECONDS: "1" });
  assert.equal(outcome, "exception");
  assert.ok(Date.now() - started < 15_000);
  assert.deepEqual(store.records, {});
});

test("a database that does not return the number of removed rows fails the run", async (t) => {
  const store = await database(t, {}, (query, response) => {
    if (!query.includes("trim_")) return false;
    response.end(JSON.stringify({ rows: [], fields: [], command: "SELECT", rowCount: 0, rowAsArray: true }));
    return true;
  });
  assert.equal((await run(t, store)).outcome, "exception");
  assert.deepEqual(store.records, {});
});

test("a wrong configuration sends nothing to the database, and every wrong variable is named", async (t) => {
  const store = await database(t);
  const wrong = { DATABASE_URL: "postgresql://hunter2", BATCH_ROWS: "0", ANALYTICS_RETENTION_DAYS: "soon" };
  const { outcome, lines } = await run(t, store, wrong);
  assert.equal(outcome, "exception");
  assert.equal(store.statements.length, 0);
  for (const name of Object.keys(wrong))
    assert.ok(
      lines.some((line) => line.includes(name)),
      name,
    );
});
