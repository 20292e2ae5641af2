/** Headless Chromium, driven by its DevTools protocol. */

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];
const START_SECONDS = 60;

/** Starts a browser that ends with the test. Fails if none is installed: `make test-page` installs it on Debian. */
export async function launch(t) {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const program = folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find((file) => existsSync(file));
  if (!program) throw new Error(`no ${NAMES.join(", ")} on PATH`);
  const profile = mkdtempSync(join(tmpdir(), "page-"));
  const flags = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--hide-scrollbars",
  ];
  const browser = spawn(program, [...flags, "--remote-debugging-port=0", `--user-data-dir=${profile}`, "about:blank"], {
    stdio: "ignore",
    detached: true, // A group of its own: the program is a script that starts the browser.
  });
  t.after(async () => {
    const ended = new Promise((resolve) => browser.once("exit", resolve));
    process.kill(-browser.pid, "SIGKILL");
    await ended;
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  });
  const [port, path] = await address(join(profile, "DevToolsActivePort"));
  return await Connection.open(`ws://127.0.0.1:${port}${path}`);
}

async function address(file) {
  for (const end = Date.now() + START_SECONDS * 1000; Date.now() < end; await sleep(100)) {
    const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
    if (lines.length === 2) return lines;
  }
  throw new Error(`Chromium did not start within ${START_SECONDS} s`);
}

class Connection {
  #socket;
  #waiting = new Map();
  #listeners = [];
  #id = 0;

  static async open(url) {
    const connection = new Connection();
    connection.#socket = new WebSocket(url);
    connection.#socket.addEventListener("message", ({ data }) => connection.#receive(JSON.parse(data)));
    await new Promise((resolve, reject) => {
      connection.#socket.addEventListener("open", resolve);
      connection.#socket.addEventListener("error", reject);
    });
    return connection;
  }

  /** Opens a new tab; returns `send(method, parameters)` and `events`, all of its events so far. */
  async tab() {
    const { targetId } = await this.#send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.#send("Target.attachToTarget", { targetId, flatten: true });
    const events = [];
    this.#listeners.push((message) => message.sessionId === sessionId && events.push(message));
    return { events, send: (method, parameters) => this.#send(method, parameters, sessionId) };
  }

  #send(method, params = {}, sessionId = undefined) {
    const id = ++this.#id;
    this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject, method }));
  }

  #receive(message) {
    const waiting = this.#waiting.get(message.id);
    if (waiting === undefined) for (const listener of this.#listeners) listener(message);
    else if (message.error) waiting.reject(new Error(`${waiting.method}: ${message.error.message}`));
    else waiting.resolve(message.result);
    this.#waiting.delete(message.id);
  }
}
