"""Plain values, read once and checked whole."""

from components.settings.mail import NOBODY, Mail
from components.settings.problems import Finding, Findings, RefusedError
from components.settings.settings import Conductor, DatabaseSettings, Settings, Site, Source

__all__ = [
    "NOBODY",
    "Conductor",
    "DatabaseSettings",
    "Finding",
    "Findings",
    "Mail",
    "RefusedError",
    "Settings",
    "Site",
    "Source",
]
