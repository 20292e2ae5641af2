"""Pulumi components of the launch.

Importing this package first arranges that the large SDKs load only the modules in use; each component then imports and
uses them as their documentation says.
"""

from components.sdk import load_lazily

load_lazily("pulumi_cloudflare")
load_lazily("pulumiverse_vercel")
