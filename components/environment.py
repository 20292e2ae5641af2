"""The environments of the two sites: every variable that they read, and whether it is secret."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pulumi

from components.generated_secrets import GeneratedSecrets
from components.settings import Settings
from components.web_app import Variable


def landing(beacon_token: pulumi.Input[str]) -> dict[str, Variable]:
    """Return the variables that the landing site reads."""
    return {"NEXT_PUBLIC_CF_BEACON_TOKEN": _public(beacon_token)}


def dashboard(settings: Settings, secrets: GeneratedSecrets, database_url: pulumi.Input[str]) -> dict[str, Variable]:
    """Return the variables that the dashboard reads.

    `database_url` is the pooled URL of the application's role, never the owner's.
    """
    return {
        "CONDUCTOR_DATABASE_URL": _secret(database_url),
        "NEON_AUTH_BASE_URL": _public(settings.auth_url),
        "NEXT_PUBLIC_NEON_AUTH_URL": _public(settings.auth_url),
        "NEON_AUTH_COOKIE_SECRET": _secret(secrets.cookie_secret),
        "USER_SECRETS_MASTER_KEY": _secret(secrets.master_key),
        "ENABLE_RLS": _public(_flag(settings.enable_rls)),
        "ENABLE_RATE_LIMITING": _public(_flag(settings.enable_rate_limiting)),
    }


def review(
    flags: Mapping[str, bool],
    secrets: GeneratedSecrets,
    auth_url: pulumi.Input[str],
    database_url: Callable[[str, pulumi.Input[str]], pulumi.Input[str]],
) -> dict[str, Variable]:
    """Return the variables that a review's dashboard reads: all values are its own, none is production's.

    `database_url` returns the pooled URL for a role and its password.
    """
    return {
        "CONDUCTOR_DATABASE_URL": _secret(database_url("prductr_app", secrets.application_password)),
        "NEON_AUTH_BASE_URL": _public(auth_url),
        "NEXT_PUBLIC_NEON_AUTH_URL": _public(auth_url),
        "NEON_AUTH_COOKIE_SECRET": _secret(secrets.cookie_secret),
        "USER_SECRETS_MASTER_KEY": _secret(secrets.master_key),
        **{name: _public(_flag(value)) for name, value in flags.items()},
    }


def _public(value: pulumi.Input[str]) -> Variable:
    return Variable(value=value, sensitive=False)


def _secret(value: pulumi.Input[str]) -> Variable:
    return Variable(value=value, sensitive=True)


def _flag(value: bool) -> str:
    return "true" if value else "false"
