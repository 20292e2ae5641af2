"""Secrets that nobody chooses or types.

Each is protected. Replacing one logs users out (the cookie secret), makes their stored data unreadable (the master key)
or cuts off the application or the API (the passwords, the gateway's secret), so it takes a `pulumi state unprotect`
first. All come from RandomPassword: the id of a RandomBytes is its value, and the state keeps ids in plain text.

    secrets = GeneratedSecrets("secrets", GeneratedSecretsArgs(master_key=settings.master_key))
    secrets.application_password
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field

import pulumi
import pulumi_random as random

PASSWORD_LENGTH = 40
"""Letters and digits, which need no escaping in a URL: 238 bits."""
COOKIE_SECRET_LENGTH = 48
GATEWAY_SECRET_LENGTH = 48
MASTER_KEY_LENGTH = 48
"""Characters from which the key's 32 bytes are derived: 285 bits, more than the key holds."""


@dataclass(frozen=True, kw_only=True)
class GeneratedSecretsArgs:
    """The existing key, and the secrets' protection."""

    master_key: str = field(default="", repr=False)
    """32 bytes in base64 with which users' secrets are encrypted today; while it is empty a key is generated."""
    protect: bool = True
    """Whether the secrets survive a destroy; those of a review do not."""


class GeneratedSecrets(pulumi.ComponentResource):
    """Random values that exist only in the encrypted state."""

    cookie_secret: pulumi.Output[str]
    master_key: pulumi.Output[str]
    """32 bytes in base64."""
    gateway: pulumi.Output[str]
    """Proves to the API's upstream that a request came through the gateway."""
    application_password: pulumi.Output[str]
    service_password: pulumi.Output[str]

    def __init__(self, name: str, args: GeneratedSecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("prductr:launch:GeneratedSecrets", name, None, opts)
        self._protect = args.protect
        self.cookie_secret = self._password(f"{name}-cookie", COOKIE_SECRET_LENGTH)
        self.master_key = self._key(f"{name}-master-key", args.master_key)
        self.gateway = self._password(f"{name}-gateway", GATEWAY_SECRET_LENGTH)
        self.application_password = self._password(f"{name}-application-password", PASSWORD_LENGTH)
        self.service_password = self._password(f"{name}-service-password", PASSWORD_LENGTH)
        self.register_outputs({})

    def _password(self, name: str, length: int) -> pulumi.Output[str]:
        options = pulumi.ResourceOptions(parent=self, protect=self._protect)
        return pulumi.Output.secret(random.RandomPassword(name, length=length, special=False, opts=options).result)

    def _key(self, name: str, present: str) -> pulumi.Output[str]:
        return pulumi.Output.secret(present) if present else self._password(name, MASTER_KEY_LENGTH).apply(key_of)


def key_of(text: str) -> str:
    """Return 32 bytes in base64, evenly distributed, that only somebody who knows `text` can compute."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
