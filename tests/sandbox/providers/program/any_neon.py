"""The Neon package as a generated SDK would bind it: any type, any property."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping

import pulumi
from pulumi.runtime.settings import register_package

_PARAMETER = {"remote": {"url": "registry.opentofu.org/kislerdm/neon", "version": "0.15.0"}}


class Neon(pulumi.CustomResource):
    """A resource of the parameterized package."""

    def __init__(
        self, kind: str, name: str, props: Mapping[str, object], outputs: tuple[str, ...] = (), **options: object
    ) -> None:
        parameter = base64.b64encode(json.dumps(_PARAMETER).encode()).decode()
        package = asyncio.ensure_future(
            register_package("terraform-provider", "1.4.1", "", "neon", "0.15.0", parameter)
        )
        super().__init__(
            f"neon:index/{kind[0].lower()}{kind[1:]}:{kind}",
            name,
            {**dict.fromkeys(outputs), **props},
            pulumi.ResourceOptions(**options),  # type: ignore[arg-type]
            package_ref=package,
        )
