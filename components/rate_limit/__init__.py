"""The rate limit's plans in the database."""

from components.rate_limit.plans import RateLimitPlans

__all__ = ["RateLimitPlans"]
