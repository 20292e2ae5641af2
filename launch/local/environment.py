"""The environment in which `pulumi` and the vendors' clients talk to the sandbox."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

import certifi

from contract.whole_file import write_whole
from launch.local import plugins
from launch.stack import SANDBOX, Engine, exemptions, find
from sandbox.base import Home
from sandbox.processes import lifecycle

_ATTACHED = "PULUMI_DEBUG_PROVIDERS"
_DOWNLOADS = (
    *("pulumi.com", "github.com", "githubusercontent.com", "opentofu.org"),
    *(".pulumi.com", ".github.com", ".githubusercontent.com", ".opentofu.org"),
)
"""Hosts from which the engine downloads official plugins. They bypass the sandbox's proxy, which serves only the
vendors.

Each has two forms: to Go a leading dot means subdomains only; to others the form without one means that one host.
"""


def variables(home: Home, engine: Engine, *, official_plugins: bool | None = None) -> dict[str, str | None]:
    """Return the changes to the current environment for working with the sandbox in `home`.

    LAUNCH_PLUGINS decides which plugins run, unless the argument does. Raises Problem for an unknown value.
    """
    if official_plugins is None:
        official_plugins = plugins.official(os.environ)
    ports, credentials = home.ports, home.credentials
    proxy = f"http://127.0.0.1:{ports.proxy}"
    found: dict[str, str | None] = {
        **engine.environment(),
        "PULUMI_BACKEND_URL": home.state_backend,
        "PULUMI_CONFIG_PASSPHRASE": "",  # its salt is in Pulumi.sandbox.yaml; nothing here needs a better one
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "PULUMI_STACK": SANDBOX,
        "CLOUDFLARE_API_TOKEN": credentials.cloudflare_api_token,
        "VERCEL_API_TOKEN": credentials.vercel_api_token,
        "VERCEL_TOKEN": credentials.vercel_api_token,  # read by the vendor's command line
        "NEON_API_KEY": credentials.neon_api_key,
        "CLOUDFLARE_BASE_URL": f"http://127.0.0.1:{ports.cloud}/client/v4",
        "LAUNCH_VERCEL_URL": f"http://127.0.0.1:{ports.cloud}/vercel",
        "LAUNCH_NEON_URL": f"http://127.0.0.1:{ports.cloud}/neon/api/v2",
        plugins.VARIABLE: plugins.Plugins.OFFICIAL if official_plugins else plugins.Plugins.ATTACHED,
        "SSL_CERT_FILE": str(_authorities(home)),
        "PGHOSTADDR": "127.0.0.1",
        "PGPORT": str(ports.postgres),
        "LAUNCH_SANDBOX_HOME": str(home.path),
        "LAUNCH_DNS_SERVER": f"127.0.0.1:{ports.dns}",
        "LAUNCH_CONNECT_TO": f"127.0.0.1:{ports.edge_https},127.0.0.1:{ports.edge_http}",
    }
    if official_plugins:
        found |= {
            _ATTACHED: None,
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": None,
            "PULUMI_HOME": None,  # the user's own, so that plugins are downloaded once
            "HTTPS_PROXY": proxy,
            **exemptions(os.environ, *_DOWNLOADS),
            # Node.js reads HTTPS_PROXY only with this variable, and never reads SSL_CERT_FILE.
            "NODE_USE_ENV_PROXY": "1",
            "NODE_EXTRA_CA_CERTS": str(_authorities(home)),
        }
    else:
        attached = {
            "cloudflare": ports.provider_cloudflare,
            "vercel": ports.provider_vercel,
            "terraform-provider": ports.provider_neon,
            "random": ports.provider_random,
        }
        found |= {
            _ATTACHED: ",".join(f"{name}:{port}" for name, port in attached.items()),
            # Otherwise the engine first spends seconds trying to download what is attached.
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_HOME": str(home.path / "pulumi"),
            **exemptions(os.environ),
        }
        if os.environ.get("HTTPS_PROXY") == proxy:
            found |= dict.fromkeys(("HTTPS_PROXY", "NODE_USE_ENV_PROXY", "NODE_EXTRA_CA_CERTS"))
    return found


def _authorities(home: Home) -> Path:
    """Return a file with the authorities that this machine trusts, and the sandbox's own."""
    bundle = home.authority_dir / "trusted.pem"
    named = os.environ.get("SSL_CERT_FILE")
    if named and Path(named) != bundle and Path(named).is_file():
        trusted = Path(named)
    else:
        trusted = Path(ssl.get_default_verify_paths().cafile or certifi.where())
    content = trusted.read_text()
    content = f"{content.rstrip()}\n{(home.authority_dir / 'ca.pem').read_text()}"
    if not bundle.exists() or bundle.read_text() != content:
        write_whole(bundle, content)
    return bundle


def of_running_sandbox(*, official_plugins: bool | None = None) -> dict[str, str | None]:
    """Return the changes for the running sandbox. Raises HomeError or SandboxError if none is running."""
    return variables(lifecycle.running(), find(), official_plugins=official_plugins)
