"""The environments of the two sites: every variable that they read, and which of them are secret."""

from __future__ import annotations

import pulumi

from components.generated_secrets import GeneratedSecrets
from components.settings import Conductor, Settings
from components.web_app import Variable


def landing(beacon_token: pulumi.Input[str]) -> dict[str, Variable]:
    """What the landing site reads."""
    return {"NEXT_PUBLIC_CF_BEACON_TOKEN": _public(beacon_token)}


def dashboard(settings: Settings, secrets: GeneratedSecrets, database_url: pulumi.Input[str]) -> dict[str, Variable]:
    """What the dashboard reads; `database_url` is the pooled one of the application's role, never the owner's."""
    return {
        "CONDUCTOR_DATABASE_URL": _secret(database_url),
        "NEON_AUTH_BASE_URL": _public(settings.auth_url),
        "NEXT_PUBLIC_NEON_AUTH_URL": _public(settings.auth_url),
        "NEON_AUTH_COOKIE_SECRET": _secret(secrets.cookie_secret),
        "USER_SECRETS_MASTER_KEY": _secret(secrets.master_key),
        "ENABLE_RLS": _public(_flag(settings.enable_rls)),
        "ENABLE_RATE_LIMITING": _public(_flag(settings.enable_rate_limiting)),
    }


def echome(settings: Settings) -> dict[str, str]:
    """What the gateway reads."""
    return {
        "UPSTREAM_URL": settings.echome.upstream,
        "UPSTREAM_TIMEOUT_SECONDS": str(settings.echome.timeout_seconds),
        "ENABLE_RATE_LIMITING": _flag(settings.enable_rate_limiting),
    }


def conductor(settings: Settings) -> dict[str, str]:
    """What the Worker of the conductor host reads.

    It serves both modes, so that changing between them changes a variable: were one of them a DNS record, it would have
    to be made while the other's custom domain still holds the name.
    """
    return {"ALIAS_HOST": settings.hosts.dashboard if settings.conductor is Conductor.ALIAS else ""}


def _public(value: pulumi.Input[str]) -> Variable:
    return Variable(value=value, sensitive=False)


def _secret(value: pulumi.Input[str]) -> Variable:
    return Variable(value=value, sensitive=True)


def _flag(value: bool) -> str:
    return "true" if value else "false"
