"""A Worker's bindings, by kind. An upload replaces all of them, so a Worker declares every one (C6).

bindings = {"HOST": Text("a.example"), "KEY": Secret(secret), "LIMITER": DurableObject("UserLimiter", script="limiter")}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_cloudflare as cloudflare


@dataclass(frozen=True)
class Text:
    """Plain text, readable by everybody who can see the Worker."""

    value: str


@dataclass(frozen=True)
class Secret:
    """A text that Cloudflare never shows again."""

    value: pulumi.Input[str] = field(repr=False)


@dataclass(frozen=True)
class DurableObject:
    """The objects of a class that another Worker implements."""

    class_name: str
    script: pulumi.Input[str]
    """That Worker's script name. Pass its output, and the other Worker is created first."""


@dataclass(frozen=True)
class Service:
    """Another Worker, called directly."""

    script: pulumi.Input[str]
    """Its script name, as above."""


Binding = Text | Secret | DurableObject | Service


def arguments(bindings: Mapping[str, Binding]) -> list[cloudflare.WorkersScriptBindingArgs]:
    """Return the bindings in the provider's form, ordered by name."""
    return [_argument(name, binding) for name, binding in sorted(bindings.items())]


def _argument(name: str, binding: Binding) -> cloudflare.WorkersScriptBindingArgs:
    match binding:
        case Text(value):
            return cloudflare.WorkersScriptBindingArgs(name=name, type="plain_text", text=value)
        case Secret(value):
            hidden = pulumi.Output.secret(value)
            return cloudflare.WorkersScriptBindingArgs(name=name, type="secret_text", text=hidden)
        case DurableObject(class_name, script):
            return cloudflare.WorkersScriptBindingArgs(
                name=name, type="durable_object_namespace", class_name=class_name, script_name=script
            )
        case Service(script):
            return cloudflare.WorkersScriptBindingArgs(name=name, type="service", service=script)
