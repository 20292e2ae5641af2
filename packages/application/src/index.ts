export { ANALYTICS_EVENTS, type AnalyticsEvent, type AnalyticsEventName } from "./analytics.ts";
export {
  AgainError,
  ApplicationError,
  type ErrorCode,
  InvalidKeyError,
  LimiterUnavailableError,
  LimitReachedError,
  NoContextError,
  NotAllowedError,
  NotAMemberError,
} from "./errors.ts";
export type { Identity } from "./identity.ts";
export { type AdmitOptions, type Decision, type Limiter, requireAdmission } from "./rate_limit.ts";
