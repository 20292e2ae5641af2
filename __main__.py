"""The launch of prductr on one page: what there is, and what flows where."""

import pulumi

from components import environment, hosts
from components.analytics import Analytics, AnalyticsArgs
from components.database import Database, DatabaseArgs
from components.generated_secrets import GeneratedSecrets, GeneratedSecretsArgs
from components.guardrails import CONFIGURED, GENERATED, Existing, guardrails, preflight
from components.records import Records, RecordsArgs
from components.redirects import Redirects, RedirectsArgs
from components.schema import Schema, SchemaArgs
from components.settings import Settings, warning
from components.shield import Shield, ShieldArgs
from components.web_app import WebApp, WebAppArgs
from components.workers import edge
from components.zone import Zone, ZoneArgs

settings = Settings.of_stack()
domain, source, mail = settings.domain, settings.source, settings.mail
state = preflight(settings)
for key, off in settings.protections_off.items():
    pulumi.log.warn(warning(key, off))

with guardrails(Existing(settings, state)):
    zone = Zone("zone", ZoneArgs(domain=domain, access=settings.access))
    secrets = GeneratedSecrets("secrets", GeneratedSecretsArgs(master_key=settings.master_key))

    database = Database("database", DatabaseArgs(settings=settings.database, earlier=state.outputs.get("database")))
    application_url = database.pooled_url("prductr_app", secrets.application_password)
    remove, plans = settings.database.remove_foreign_policies, settings.rate_limits.words
    tables = SchemaArgs(database=database, secrets=secrets, remove_foreign=remove, plans=plans)
    schema = Schema("schema", tables)

    analytics = Analytics("analytics", AnalyticsArgs(account_id=zone.account_id, host=domain))
    site, reads = settings.landing, environment.landing(analytics.token)
    landing = WebApp("landing", WebAppArgs(site=site, source=source, host=domain, environment=reads))

    site, reads = settings.dashboard, environment.dashboard(settings, secrets, application_url)
    args = WebAppArgs(site=site, source=source, host=settings.hosts.dashboard, environment=reads)
    dashboard = WebApp("dashboard", args, pulumi.ResourceOptions(depends_on=[schema]))

    limiter = edge.limiter(settings, zone, state.outputs)
    edge.gateway(settings, zone, limiter, secrets.gateway)
    edge.conductor(settings, zone)
    service_url = database.pooled_url("prductr_service", secrets.service_password)
    upkeep = edge.upkeep(settings, zone, service_url, schema)
    if settings.rate_limits.burst_requests:
        Shield("shield", ShieldArgs(zone_id=zone.id, requests=settings.rate_limits.burst_requests))

    sites = {domain: landing.domain, settings.hosts.dashboard: dashboard.domain}
    Records("dns", RecordsArgs(zone_id=zone.id, domain=domain, sites=sites, redirects=settings.redirects, mail=mail))
    Redirects("redirects", RedirectsArgs(zone_id=zone.id, hosts=settings.redirects))

pulumi.export("hosts", hosts.expected(settings))
pulumi.export("conductor", settings.conductor.value)
pulumi.export("analytics", {"site_tag": analytics.site_tag, "token": analytics.token})
pulumi.export("analytics_snippet", analytics.snippet)
pulumi.export("database", database.summary)
pulumi.export("application_database_url", application_url)
pulumi.export("service_database_url", service_url)
pulumi.export("owner_database_url", database.owner_url)
pulumi.export("gateway_secret", secrets.gateway)
pulumi.export("limiter", limiter.classes)
pulumi.export("protections_off", settings.protections_off)
pulumi.export("upkeep", edge.upkept(upkeep))
pulumi.export("master_key", CONFIGURED if settings.master_key else GENERATED)
pulumi.export("schema_version", schema.version)
pulumi.export("isolation", schema.isolation)
