"""Secrets that nobody chooses and nobody types.

Each is protected: to replace one logs users out (the cookie secret), makes what they stored unreadable (the master key)
or cuts the application off (the passwords), so it takes a `pulumi state unprotect` first.

    secrets = GeneratedSecrets("secrets")
    secrets.application_password
"""

from __future__ import annotations

import pulumi
import pulumi_random as random

PASSWORD_LENGTH = 40
"""Of letters and digits, which need no escaping in a URL: 238 bits."""
COOKIE_SECRET_LENGTH = 48
MASTER_KEY_BYTES = 32


class GeneratedSecrets(pulumi.ComponentResource):
    """Random values that live in the encrypted state only."""

    cookie_secret: pulumi.Output[str]
    master_key: pulumi.Output[str]
    """32 bytes in base64."""
    application_password: pulumi.Output[str]
    service_password: pulumi.Output[str]

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("prductr:launch:GeneratedSecrets", name, None, opts)
        self.cookie_secret = self._password(f"{name}-cookie", COOKIE_SECRET_LENGTH)
        self.master_key = self._key(f"{name}-master-key")
        self.application_password = self._password(f"{name}-application-password", PASSWORD_LENGTH)
        self.service_password = self._password(f"{name}-service-password", PASSWORD_LENGTH)
        self.register_outputs({})

    def _password(self, name: str, length: int) -> pulumi.Output[str]:
        password = random.RandomPassword(name, length=length, special=False, opts=self._protected())
        return pulumi.Output.secret(password.result)

    def _key(self, name: str) -> pulumi.Output[str]:
        key = random.RandomBytes(name, length=MASTER_KEY_BYTES, opts=self._protected())
        return pulumi.Output.secret(key.base64)

    def _protected(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, protect=True)
