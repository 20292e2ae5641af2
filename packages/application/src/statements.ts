/** The few statements that the package runs, each with its parameters. */

import { type Identity, parameters } from "./identity.ts";
import { type AdmitOptions, checkedKey, DEADLINE_MILLISECONDS, type Decision } from "./rate_limit.ts";

/** Text and parameters, with `$1` as placeholders. */
export type Statement = readonly [text: string, parameters: readonly (string | null)[]];

/** Puts the identity in force for the rest of the transaction, or ends it with TN001 or TN002. */
export function context(identity: Identity): Statement {
  return ["select public.require_context($1, $2)", parameters(identity)];
}

/** The statements of one admission, in a transaction of its own: a statement timeout, the context, the call. */
export function admission(identity: Identity, options: AdmitOptions = {}): [Statement, Statement, Statement] {
  const deadline = String(Math.max(1, Math.ceil(options.deadlineMilliseconds ?? DEADLINE_MILLISECONDS)));
  return [
    ["select set_config('statement_timeout', $1, true)", [deadline]],
    context(identity),
    [
      'select admitted, counted, "limit", remaining, reset_seconds, window_seconds from public.admit_call($1)',
      [checkedKey(options.key)],
    ],
  ];
}

/** Returns the limiter's only row. */
export function decided(rows: readonly unknown[]): Decision {
  const [decision] = rows;
  if (rows.length !== 1) throw new Error(`the limiter returned ${rows.length} rows`);
  return decision as Decision;
}
