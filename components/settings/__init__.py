"""Plain values, read once and validated together."""

from components.settings.mail import NOBODY, Mail
from components.settings.problems import Mistake, Mistakes, RefusedError
from components.settings.protections import MEANINGS, Off, warning
from components.settings.rate_limits import BURST_SECONDS, Plan, RateLimits
from components.settings.reader import Configuration
from components.settings.reviews import Reviews
from components.settings.settings import Conductor, DatabaseSettings, Settings, Site, Source

__all__ = [
    "BURST_SECONDS",
    "MEANINGS",
    "NOBODY",
    "Conductor",
    "Configuration",
    "DatabaseSettings",
    "Mail",
    "Mistake",
    "Mistakes",
    "Off",
    "Plan",
    "RateLimits",
    "RefusedError",
    "Reviews",
    "Settings",
    "Site",
    "Source",
    "warning",
]
