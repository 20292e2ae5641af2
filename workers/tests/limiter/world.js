/** A Worker in front of the limiter in workerd: its class as it is uploaded, with a clock that a test sets. */

import { UserLimiter } from "../../limiter/dist/index.js";

export class TestLimiter extends UserLimiter {
  #clock = null;

  now() {
    return this.#clock ?? super.now();
  }

  /** Stops the clock, and advances it by that many seconds. */
  pass(seconds) {
    this.#clock = this.now() + Math.round(seconds * 1000);
  }

  clean() {
    return this.alarm();
  }

  stored() {
    return this.entries();
  }

  /** Returns the bytes of the whole store. */
  size() {
    return this.ctx.storage.sql.databaseSize;
  }

  alarmAt() {
    return this.ctx.storage.getAlarm();
  }

  /** Makes the store fail in the middle of the next call, after its entry was written. */
  breakAfterInsert() {
    this.ctx.storage.sql.exec("create trigger t after insert on calls begin select raise(abort, 'broken'); end");
  }

  mend() {
    this.ctx.storage.sql.exec("drop trigger t");
  }
}

export default {
  /** POST /USER/METHOD with a JSON array of arguments. */
  async fetch(request, env) {
    const [user, method] = new URL(request.url).pathname.slice(1).split("/").map(decodeURIComponent);
    try {
      const value = await env.LIMITER.getByName(user)[method](...(await request.json()));
      return Response.json({ value: value ?? null });
    } catch (error) {
      return Response.json({ error: String(error) }, { status: 500 });
    }
  },
};
