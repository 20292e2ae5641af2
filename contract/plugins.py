"""The plugins that the program needs, named as in the engine's plugin folder.

python -m contract.plugins     # one line each: the arguments of `pulumi plugin install resource`
"""

from __future__ import annotations

from importlib.metadata import version

BRIDGE = "terraform-provider"
"""Pulumi's bridge for any Terraform provider; parameterized, it is Neon's."""
BRIDGE_VERSION = "1.4.1"

_SDKS = {"cloudflare": "pulumi-cloudflare", "vercel": "pulumiverse-vercel", "random": "pulumi-random"}
"""Each plugin, and the Python package that asks for the plugin in its own version."""
_SERVERS = {"vercel": "github://api.github.com/pulumiverse"}
"""Download servers of the plugins that Pulumi does not publish itself."""


def pinned() -> dict[str, str]:
    """Plugin name to the version that the installed packages request."""
    return {name: version(package) for name, package in _SDKS.items()} | {BRIDGE: BRIDGE_VERSION}


if __name__ == "__main__":
    for plugin, release in pinned().items():
        print(plugin, release, *(("--server", _SERVERS[plugin]) if plugin in _SERVERS else ()))
