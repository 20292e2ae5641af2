"""The clouds' store after the launch, and ways to change it behind the stack's back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.state.store import Store

ZONE = "zone-of-prductr"
ACCOUNT = "account-of-habitusnet"
DOMAIN = "prductr.com"
TOKEN = "0123456789abcdef0123456789abcdef"
COMPATIBILITY_DATE = "2026-07-01"

ECHOME = """
export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    if (url.pathname === "/health") return Response.json({ status: "ok", greeting: env.GREETING });
    return new Response("not found", { status: 404 });
  },
};
"""
CONDUCTOR = """
export default {
  async fetch() {
    return new Response("Coming soon", { status: 503, headers: { "retry-after": "86400" } });
  },
};
"""


@dataclass(frozen=True)
class Clouds:
    """Writes the vendors' documents."""

    store: Store

    def zone(self, **settings: str) -> None:
        """Write the zone with its settings."""
        document = {
            "id": ZONE,
            "name": DOMAIN,
            "account": {"id": ACCOUNT},
            "name_servers": ["dora.ns.cloudflare.com", "ivan.ns.cloudflare.com"],
        }
        self.store.put("cloudflare.zones", ZONE, document)
        for name, value in settings.items():
            self.setting(name, value)

    def setting(self, name: str, value: str) -> None:
        """Change a setting of the zone."""
        self.store.put("cloudflare.zone_settings", f"{ZONE}/{name}", {"id": name, "value": value})

    def record(self, name: str, kind: str, content: str, *, proxied: bool = False, **more: object) -> None:
        """Write a DNS record; `name` is the full name."""
        document = {"id": f"{name}-{kind}", "zone_id": ZONE, "name": name, "type": kind, "content": content}
        self.store.put("cloudflare.dns_records", f"{name}-{kind}", document | {"ttl": 1, "proxied": proxied} | more)

    def forget(self, name: str, kind: str) -> None:
        """Delete a record."""
        assert self.store.delete("cloudflare.dns_records", f"{name}-{kind}")

    def redirect(self, host: str, target: str, *, status: int = 308, **changes: object) -> None:
        """Write the zone's one redirect rule."""
        value = {
            "status_code": status,
            "preserve_query_string": True,
            "target_url": {"expression": f'concat("https://{target}", http.request.uri.path)'},
        }
        rule = {
            "expression": f'http.host eq "{host}"',
            "action": "redirect",
            "enabled": True,
            "action_parameters": {"from_value": value},
        }
        ruleset = {"id": "redirects", "_zone_id": ZONE, "phase": "http_request_dynamic_redirect"}
        self.store.put("cloudflare.rulesets", "redirects", ruleset | {"rules": [rule | changes]})

    def worker(self, name: str, code: str, host: str | None = None, bindings: tuple[dict[str, Any], ...] = ()) -> None:
        """Upload a script, with its custom domain."""
        script = {
            "id": name,
            "_account_id": ACCOUNT,
            "main_module": "index.js",
            "modules": {"index.js": code},
            "bindings": list(bindings),
            "compatibility_date": COMPATIBILITY_DATE,
        }
        self.store.put("cloudflare.workers_scripts", f"{ACCOUNT}/{name}", script)
        if host:
            domain = {"id": host, "zone_id": ZONE, "hostname": host, "service": name}
            self.store.put("cloudflare.workers_domains", host, domain)
            self.record(host, "AAAA", "100::", proxied=True)

    def namespace(self, script: str, class_name: str, id_: str) -> None:
        """Write the namespace of a Durable Object's class, with SQLite."""
        document = {"id": id_, "script": script, "class": class_name, "use_sqlite": True, "_account_id": ACCOUNT}
        self.store.put("cloudflare.durable_object_namespaces", id_, document)

    def trigger(self, script: str, *crons: str) -> None:
        """Write the cron triggers of a script."""
        document = {"_script": f"{ACCOUNT}/{script}", "schedules": [{"cron": cron} for cron in crons]}
        self.store.put("cloudflare.workers_schedules", f"{ACCOUNT}/{script}", document)

    def rate_limit(self, expression: str = "true", **limit: object) -> None:
        """Write the zone's one rate limiting rule."""
        counted: dict[str, object] = {
            "characteristics": ["cf.colo.id", "ip.src"],
            "period": 10,
            "requests_per_period": 3,
        }
        counted |= {"mitigation_timeout": 10} | limit
        rule = {"id": "burst", "version": "1", "expression": expression, "action": "block", "ratelimit": counted}
        ruleset = {"id": "limits", "_zone_id": ZONE, "phase": "http_ratelimit", "rules": [rule]}
        self.store.put("cloudflare.rulesets", "limits", ruleset)

    def project(self, name: str, folder: str, environment: dict[str, str], deployment: str = "1") -> None:
        """Write a Vercel project whose production deployment was built with `environment`."""
        self.deployment(name, deployment, environment)
        document = {
            "id": name,
            "name": name,
            "rootDirectory": folder,
            "ssoProtection": {"deploymentType": "all_except_custom_domains"},
            "targets": {"production": {"id": f"{name}-{deployment}"}},
        }
        self.store.put("vercel.projects", name, document)

    def deployment(self, project: str, number: str, environment: dict[str, str], **changes: object) -> None:
        """Write a deployment that is not promoted."""
        document = {
            "id": f"{project}-{number}",
            "projectId": project,
            "target": "production",
            "readyState": "READY",
            "createdAt": int(number),
            "url": f"{project}-{number}-hhnn.vercel.app",
            "gitSource": {"ref": "main"},
            "env": environment,
        }
        self.store.put("vercel.deployments", f"{project}-{number}", document | changes)

    def attach(self, host: str, project: str, **changes: object) -> None:
        """Attach a host to a project, and to no other."""
        document = {"name": host, "projectId": project, "redirect": None, "redirectStatusCode": None, "verified": True}
        self.store.put("vercel.project_domains", host, document | changes)

    def launch(self, database_url: str = "postgresql://nobody@nowhere.invalid/none", *, workers: bool = True) -> None:
        """Write everything as the program declares it; without Workers no Node is started."""
        self.zone(ssl="strict", always_use_https="on", min_tls_version="1.2")
        self.record(DOMAIN, "A", "76.76.21.21")
        self.record("dashboard.prductr.com", "CNAME", "cname.vercel-dns.com")
        self.record("www.prductr.com", "AAAA", "100::", proxied=True)
        self.record(DOMAIN, "TXT", '"v=spf1 -all"')
        self.redirect("www.prductr.com", DOMAIN)
        self.project("prductr-landing", "packages/landing", {"NEXT_PUBLIC_CF_BEACON_TOKEN": TOKEN})
        self.project("prductr-com", "apps/dashboard", {"CONDUCTOR_DATABASE_URL": database_url})
        self.attach(DOMAIN, "prductr-landing")
        self.attach("dashboard.prductr.com", "prductr-com")
        if workers:
            greeting = {"type": "plain_text", "name": "GREETING", "text": "hello"}
            self.worker("echome", ECHOME, "echome.prductr.com", (greeting,))
            self.worker("conductor", CONDUCTOR, "conductor.prductr.com")
