"""The packed package, installed into an empty project that looks like one of Next.js.

Prevents: an import that only resolves in this repository, types that no compiler accepts, an undeclared dependency.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.packages.application.conftest import PACKAGE, Application
from toolchain import node

ENTRIES = (
    "@prductr/application",
    *(f"@prductr/application/{name}" for name in ("neon", "drizzle", "node-postgres", "next")),
)
DRIVERS = ("@neondatabase/serverless", "drizzle-orm", "pg", "@types/pg", "@types/node", "undici-types")


def run(*words: str, folder: Path, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        words,
        cwd=folder,
        env=environment or node.environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def archive(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packed")
    run(*node.npm(), "pack", "--ignore-scripts", "--pack-destination", str(folder), folder=built)
    (found,) = folder.glob("*.tgz")
    return found


@pytest.fixture(scope="module")
def project(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty project with the package from its archive: no registry is queried."""
    folder = tmp_path_factory.mktemp("dashboard")
    (folder / "package.json").write_text(json.dumps({"name": "dashboard", "private": True, "type": "module"}))
    run(*node.npm(), "install", "--offline", "--no-audit", "--no-fund", str(archive), folder=folder)
    return folder


def test_the_archive_holds_the_compiled_modules_their_types_and_nothing_else(archive: Path) -> None:
    with tarfile.open(archive) as packed:
        names = {name.removeprefix("package/") for name in packed.getnames()}
    own = {path.stem for path in (PACKAGE / "src").glob("*.ts")}
    built = {f"dist/{stem}.{kind}" for stem in own for kind in ("js", "d.ts")}
    assert len(built) >= 20
    assert names == {"package.json", "README.md", *built}


def test_it_has_no_dependency_and_no_entry_needs_more_than_its_own_driver(project: Path) -> None:
    assert [path.name for path in (project / "node_modules").iterdir() if not path.name.startswith(".")] == ["@prductr"]
    installed = json.loads((project / "node_modules/@prductr/application/package.json").read_text())
    assert "dependencies" not in installed
    alone = [f"await import('{entry}')" for entry in ENTRIES if not entry.endswith("drizzle")]
    run(str(node.node()), "--input-type=module", "--eval", "; ".join(alone), folder=project)


def test_a_route_of_next_js_compiles_strictly_against_it_and_answers(project: Path, application: Application) -> None:
    modules = project / "node_modules"
    for name in DRIVERS:
        (modules / name).parent.mkdir(exist_ok=True)
        shutil.copytree(PACKAGE / "node_modules" / name, modules / name, dirs_exist_ok=True)
    for name in ("pg-types", "pg-protocol"):  # @types/pg refers to it
        shutil.copytree(PACKAGE / "node_modules" / name, modules / name, dirs_exist_ok=True)
    route = project / "app" / "api" / "tasks"
    route.mkdir(parents=True)
    for example in (PACKAGE / "examples").glob("*.ts"):
        shutil.copy(example, route / example.name)
    (project / "tsconfig.json").write_text(
        json.dumps(
            {
                "compilerOptions": {
                    "target": "es2022",
                    "lib": ["dom", "dom.iterable", "esnext"],
                    "module": "esnext",
                    "moduleResolution": "bundler",
                    "strict": True,
                    "skipLibCheck": False,
                    "allowImportingTsExtensions": True,
                    "noEmit": True,
                    "types": ["node"],
                },
                "include": ["app"],
            }
        )
    )
    compiler = PACKAGE / "node_modules" / ".bin" / "tsc"
    done = subprocess.run(
        [str(compiler), "--project", "."],
        cwd=project,
        env=node.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    # Errors in the drivers' own declarations do not count; ours and the examples have to be clean.
    ours = [line for line in done.stdout.splitlines() if "@prductr" in line or line.startswith("app/")]
    assert ours == []
    answer = run(
        str(node.node()),
        "--input-type=module",
        "--eval",
        """
        import { neonConfig } from '@neondatabase/serverless';
        neonConfig.fetchEndpoint = process.env.NEON_FETCH_ENDPOINT;
        const { GET } = await import('./app/api/tasks/route.ts');
        const answer = await GET(new Request('http://localhost/api/tasks', {
            headers: { cookie: 'session=user-gus/org-globex' } }), { params: Promise.resolve({}) });
        console.log(JSON.stringify([answer.status, (await answer.json()).length]));
        """,
        folder=project,
        environment=application.environment(),
    )
    assert json.loads(answer) == [200, 100]


def test_a_wrong_event_does_not_compile(project: Path) -> None:
    (project / "wrong").mkdir()
    (project / "wrong" / "events.ts").write_text(
        "import type { AnalyticsEvent } from '@prductr/application';\n"
        "export const unknown: AnalyticsEvent = { event: 'logout' };\n"
        "export const partial: AnalyticsEvent = { event: 'task_created', properties: { taskId: 't' } };\n"
        "export const right: AnalyticsEvent = { event: 'login', properties: { provider: 'github', extra: [1] } };\n"
    )
    compiler = PACKAGE / "node_modules" / ".bin" / "tsc"
    options = ["--noEmit", "--strict", "--module", "esnext", "--moduleResolution", "bundler", "--target", "es2022"]
    done = subprocess.run(
        [str(compiler), *options, "--types", "", "--ignoreConfig", "wrong/events.ts"],
        cwd=project,
        env=node.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert {line.split("(")[1].split(",")[0] for line in done.stdout.splitlines() if line.startswith("wrong/")} == {
        "2",
        "3",
    }


def test_the_middleware_and_neon_s_driver_run_at_the_edge(built: Path, application: Application) -> None:
    """In workerd, without any module of Node.js."""
    found = run(
        str(node.node()),
        "--input-type=module",
        "--eval",
        """
        import { readdirSync, readFileSync } from 'node:fs';
        import { Miniflare } from 'miniflare';
        const names = readdirSync('dist').filter((name) => name.endsWith('.js') && !/drizzle|node_postgres/.test(name));
        const modules = names.map((path) => (
            { type: 'ESModule', path, contents: readFileSync(`dist/${path}`, 'utf8') }));
        const driver = readFileSync('node_modules/@neondatabase/serverless/index.mjs', 'utf8');
        modules.unshift(
            { type: 'ESModule', path: 'main.mjs', contents: `
                import { neon, neonConfig } from './driver.mjs';
                import { forNeon } from './neon.js';
                import { withRateLimit } from './next.js';
                export default { async fetch(request, env) {
                    neonConfig.fetchEndpoint = env.ENDPOINT;
                    const sql = neon(env.URL), tenants = forNeon(sql);
                    const identity = { userId: 'user-bob', organizationId: 'org-acme' };
                    await tenants.admit(identity, { deadlineMilliseconds: 10000 });
                    const route = withRateLimit({ limiter: tenants, identify: () => identity, unavailable: 'open' },
                        async () => Response.json(await tenants.as(identity).query(sql\\`select id from tasks\\`)));
                    return await route(request, {});
                } };` },
            { type: 'ESModule', path: 'driver.mjs', contents: driver },
        );
        const miniflare = new Miniflare({ modules, modulesRoot: '/', compatibilityDate: '2026-07-01', bindings: {
            URL: process.env.CONDUCTOR_DATABASE_URL, ENDPOINT: process.env.NEON_FETCH_ENDPOINT } });
        const answer = await miniflare.dispatchFetch('http://localhost/api/tasks');
        const rows = await answer.json();
        console.log(JSON.stringify([answer.status, rows.length, answer.headers.has('cache-control')]));
        await miniflare.dispose();
        """,
        folder=built,
        environment=application.environment(),
    )
    assert json.loads(found) == [200, 100, True]
