import type { Admission } from "./rate_limit.ts";
import type { Caller } from "./token.ts";

const LONGEST_PATH = 512;
/** Text that looks like a token, wherever it appears. */
const TOKEN = /eyJ[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]*){0,4}/g;

/** Facts collected about a call while it is handled: one line of the log, as JSON, without query and headers. */
export class CallRecord {
  readonly id = crypto.randomUUID();
  readonly #started = Date.now();
  caller: Caller | null = null;
  admission: Admission | null = null;
  code = "";

  write(service: string, version: string, method: string, path: string, status: number): void {
    const line = {
      event: "request",
      service,
      version,
      request_id: this.id,
      method,
      path: path.slice(0, LONGEST_PATH).replace(TOKEN, "[token]"),
      status,
      code: this.code || undefined,
      user: this.caller?.user,
      organization: this.caller?.organization ?? undefined,
      rate_limit: this.admission?.outcome,
      remaining: this.admission?.decision?.remaining,
      milliseconds: Date.now() - this.#started,
    };
    console.log(JSON.stringify(line));
  }
}
