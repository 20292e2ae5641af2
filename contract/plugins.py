"""The plugins that the program needs, as the engine names them in its folder of plugins.

python -m contract.plugins     # a line for each: the arguments of `pulumi plugin install resource`
"""

from __future__ import annotations

from importlib.metadata import version

BRIDGE = "terraform-provider"
"""Pulumi's bridge for any Terraform provider; parameterized, it is Neon's."""
BRIDGE_VERSION = "1.4.1"

_SDKS = {"cloudflare": "pulumi-cloudflare", "vercel": "pulumiverse-vercel", "random": "pulumi-random"}
"""Plugin and the Python package whose version asks for the plugin of the same version."""
_SERVERS = {"vercel": "github://api.github.com/pulumiverse"}
"""Where those are that Pulumi does not publish itself."""


def pinned() -> dict[str, str]:
    """Plugin name to the version that the installed packages ask the engine for."""
    return {name: version(package) for name, package in _SDKS.items()} | {BRIDGE: BRIDGE_VERSION}


if __name__ == "__main__":
    for plugin, release in pinned().items():
        print(plugin, release, *(("--server", _SERVERS[plugin]) if plugin in _SERVERS else ()))
