"""Pulumi components of the launch.

Importing this package first makes the large SDKs load only the modules in use. Components then use the SDKs as usual.
"""

from components.sdk import load_lazily

load_lazily("pulumi_cloudflare")
load_lazily("pulumiverse_vercel")
