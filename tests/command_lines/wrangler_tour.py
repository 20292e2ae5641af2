"""Cloudflare's command line: a Worker is deployed, given secrets and triggers, rolled back, bound, deleted."""

from __future__ import annotations

import json

from tests.command_lines.touring import Step, Tour

_MODULE = """import { DurableObject } from "cloudflare:workers";
export class Room extends DurableObject {}
export default { async fetch(request, env) { return new Response(env.A); }, async scheduled() {} };
"""
_TOUR = {
    "name": "tour",
    "main": "index.js",
    "compatibility_date": "2025-10-01",
    "routes": [{"pattern": "prductr.com/tour/*", "zone_name": "prductr.com"}],
    "vars": {"A": "1"},
    "triggers": {"crons": ["0 3 * * *"]},
    "durable_objects": {"bindings": [{"name": "ROOM", "class_name": "Room"}]},
    "migrations": [{"tag": "v1", "new_sqlite_classes": ["Room"]}],
}
_HOSTED = {
    "name": "hosted",
    "main": "index.js",
    "compatibility_date": "2025-10-01",
    "routes": [{"pattern": "hosted.prductr.com", "custom_domain": True}],
    "services": [{"binding": "TOUR", "service": "tour"}],
    "durable_objects": _TOUR["durable_objects"],
    "migrations": _TOUR["migrations"],
}
_RENAMED = _TOUR | {
    "durable_objects": {"bindings": [{"name": "ROOM", "class_name": "Hall"}]},
    "migrations": [*_TOUR["migrations"], {"tag": "v2", "renamed_classes": [{"from": "Room", "to": "Hall"}]}],
    "main": "renamed.js",
}
_ABROAD = _TOUR | {"name": "abroad", "routes": [{"pattern": "example.com/*", "zone_name": "example.com"}]}
_UNCLASSED = {key: value for key, value in _TOUR.items() if key != "migrations"} | {"name": "unclassed"}
_CONFIGS = {
    "wrangler": _TOUR,
    "hosted": _HOSTED,
    "renamed": _RENAMED,
    "abroad": _ABROAD,
    "unclassed": _UNCLASSED,
    "development": {"name": "dev", "main": "index.js", "compatibility_date": "2025-10-01", "workers_dev": True}
    | {key: _TOUR[key] for key in ("durable_objects", "migrations")},
}

_DEPLOYING = (
    Step(command="whoami", says="operator@prductr.com.*habitusnet"),
    Step(command="deployments list", refused=True, says="10007|does not exist"),
    Step(
        command="deploy", says=r"Deployed tour triggers.*prductr.com/tour/\*.*0 3 \* \* \*.*Version ID: [0-9a-f-]{36}"
    ),
    Step(command="deploy --message again --tag t2", says="Current Version ID: (?P<again>[0-9a-f-]{36})"),
    Step(command="deploy -c renamed.json", says="Current Version ID"),
    Step(command="deploy -c abroad.json", refused=True, says="example.com"),
    Step(command="deploy -c unclassed.json", refused=True, says="Durable Objects?|migration"),
    Step(command="deploy -c development.json", says=r"https://dev\.habitusnet\.workers\.dev"),
    Step(command="deploy -c hosted.json", says=r"hosted\.prductr\.com \(custom domain\)"),
    Step(command="triggers deploy -c hosted.json", says=r"hosted\.prductr\.com"),
)
_SECRETS = (
    Step(command="secret put TOKEN", reads="first", says="Uploaded secret TOKEN"),
    Step(command="secret list", says="TOKEN"),
    Step(command="secret put A", reads="taken", refused=True, says="already in use"),
    Step(command="secret bulk", reads='{"ONE": "1", "TWO": "2"}', says="successfully|Finished|2 secrets"),
    Step(command="secret delete TWO", says="Deleted secret TWO"),
    Step(command="secret delete TWO", refused=True, says="10056|not found"),
    Step(command="secret put TOKEN --name nobody2", reads="first", says="nobody2"),
)
_VERSIONS = (
    Step(command="versions list", says="Secret Change"),
    Step(
        command="versions upload -c renamed.json --tag t3 --message waiting",
        says="Worker Version ID: (?P<waiting>[0-9a-f-]{36})",
    ),
    Step(command="secret put TOKEN", reads="late", refused=True, says="not.*deployed|versions secret put"),
    Step(command="versions secret put LATE", reads="1", says="Created version (?P<late>[0-9a-f-]{36})"),
    Step(command="versions secret list", says="TOKEN"),
    Step(command="versions view {waiting}", says="waiting"),
    Step(command="versions view 00000000-0000-4000-8000-000000000000", refused=True, says="100146|does not exist"),
    Step(command="versions deploy {late}@100% -y", says="SUCCESS|deployed"),
    Step(command="deployments status", says="{late}"),
    Step(command="deployments list", says="100%"),
    Step(command="rollback {waiting} -y --message back", says="secrets have changed.*LATE.*has been deployed to 100%"),
    Step(command="rollback {again} -y", refused=True, says="migration"),
    Step(command="tail --format json", differs="no live events of Workers", says="Connected"),
)
_ENDING = (
    Step(command="delete --name hosted --force", says="Successfully deleted hosted"),
    Step(command="delete --name dev", says="Successfully deleted dev"),
    Step(command="delete", says="Successfully deleted tour"),
    Step(command="delete", refused=True, says="10007|does not exist"),
)
TOUR = Tour(
    program="wrangler",
    script="wrangler/bin/wrangler.js",
    steps=(*_DEPLOYING, *_SECRETS, *_VERSIONS, *_ENDING),
    files={"index.js": _MODULE, "renamed.js": _MODULE.replace("Room", "Hall")}
    | {f"{name}.json": json.dumps(config) for name, config in _CONFIGS.items()},
)
