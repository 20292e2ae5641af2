"""The available frameworks and regions, which the Vercel provider queries while it plans.

Both need no token, and have their own host names (api-frameworks.zeit.sh, dcs.vercel-infra.com).
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

FRAMEWORKS = (
    "nextjs", "remix", "react-router", "astro", "hexo", "eleventy", "docusaurus-2", "docusaurus", "preact",
    "solidstart", "solidstart-1", "dojo", "ember", "vue", "scully", "ionic-angular", "angular", "polymer", "svelte",
    "sveltekit", "sveltekit-1", "ionic-react", "create-react-app", "gridsome", "umijs", "saber", "stencil", "nuxtjs",
    "redwoodjs", "hugo", "jekyll", "brunch", "middleman", "zola", "hydrogen", "vite", "vitepress", "vuepress",
    "parcel", "fastapi", "flask", "fasthtml", "sanity", "sanity-v3", "storybook", "nitro", "hono", "express", "h3",
    "nestjs", "elysia", "fastify", "xmcp", "blitzjs", "gatsby",
)  # fmt: skip
REGIONS = (
    "arn1", "bom1", "cdg1", "cle1", "cpt1", "dub1", "dxb1", "fra1", "gru1", "hkg1", "hnd1", "iad1", "icn1", "kix1",
    "lhr1", "pdx1", "sfo1", "sin1", "syd1", "yul1",
)  # fmt: skip


def routes() -> list[BaseRoute]:
    """Return `/frameworks` and `/dcs`, to which the forward proxy maps the two hosts."""
    return [Route("/frameworks", _frameworks), Route("/dcs", _regions)]


async def _frameworks(_request: Request) -> Response:
    return JSONResponse([{"slug": slug, "name": slug} for slug in FRAMEWORKS])


async def _regions(_request: Request) -> Response:
    return JSONResponse({region: {"caps": ["V2_DEPLOYMENT_CREATE"]} for region in REGIONS})
