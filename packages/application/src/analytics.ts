/** The eight events of product analytics, as rows of `cost_events` that cost nothing. */

import type { Identity } from "./identity.ts";

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Further properties, stored in `metadata` unchanged. */
export interface Properties {
  readonly [name: string]: Json | undefined;
}

/** An event; `event` names its kind. */
export type AnalyticsEvent =
  | { readonly event: "signup" | "login"; readonly properties?: Properties & { readonly provider?: string } }
  | {
      readonly event: "agent_connection" | "agent_heartbeat";
      readonly properties: Properties & { readonly agentId: string; readonly projectId?: string };
    }
  | {
      readonly event: "task_created";
      readonly properties: Properties & { readonly taskId: string; readonly projectId: string };
    }
  | {
      readonly event: "task_completed";
      readonly properties: Properties & {
        readonly taskId: string;
        readonly projectId: string;
        readonly seconds?: number;
      };
    }
  | {
      readonly event: "conflict_detected";
      readonly properties: Properties & { readonly projectId: string; readonly filePath: string };
    }
  | {
      readonly event: "escalation_triggered";
      readonly properties: Properties & { readonly projectId: string; readonly escalationId?: string };
    };

/** The name of an event. */
export type AnalyticsEventName = AnalyticsEvent["event"];

/** Every event, in the order in which a user meets them in the product. */
export const ANALYTICS_EVENTS = [
  "signup",
  "login",
  "agent_connection",
  "agent_heartbeat",
  "task_created",
  "task_completed",
  "conflict_detected",
  "escalation_triggered",
] as const satisfies readonly AnalyticsEventName[];

/** Text and parameters of the statement that records an event; it returns nothing, since a user may not read all events. */
export function recording(
  identity: Identity,
  { event, properties }: AnalyticsEvent,
): [string, [string | null, string]] {
  // At sign-up there is no organization yet, even if the session already names one.
  const organization = event === "signup" ? null : (identity.organizationId ?? null);
  const metadata = { ...properties, event, userId: identity.userId, timestamp: new Date().toISOString() };
  return [
    "insert into public.cost_events (organization_id, event_type, cost, metadata) values ($1, 'analytics', 0, $2::jsonb)",
    [organization, JSON.stringify(metadata)],
  ];
}
