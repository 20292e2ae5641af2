"""Vercel's command line: a project is linked, configured, deployed, looked at, given a domain, rolled back, removed."""

from __future__ import annotations

from tests.command_lines.touring import Step, Tour

_ACCOUNT = (
    Step(command="whoami", says="prductr-operator"),
    Step(command="whoami --token wrongwrongwrongwrongwrong", refused=True, says="token|log"),
    Step(command="teams ls", says="hhnn"),
    Step(command="project ls --scope nobody", refused=True, says="scope|team"),
)
_PROJECT = (
    Step(command="project add second --scope hhnn", says="second"),
    Step(command="project inspect second --scope hhnn", says="prj_"),
    Step(command="project inspect nobody --scope hhnn", refused=True, says="[Nn]o project|not found|No such project"),
    Step(command="link --yes --project tour --scope hhnn", says="hhnn/tour"),
    Step(command="env add FLAG production --value abc --yes --sensitive --scope hhnn", says="FLAG"),
    Step(command="env add FLAG production --value abc --yes --scope hhnn", refused=True, says="already"),
    Step(command="env add OPEN development --value seen --yes --scope hhnn", says="OPEN"),
    Step(command="env update OPEN development --value other --yes --scope hhnn", says="OPEN"),
    Step(command="env ls --scope hhnn", says="FLAG.*OPEN|OPEN.*FLAG"),
    Step(command="env pull --yes --scope hhnn", says=r"\.env\.local"),
    Step(command="env rm OPEN development --yes --scope hhnn", says="OPEN|[Rr]emoved"),
    Step(command="pull --yes --scope hhnn", says=r"\.vercel"),
)
_DEPLOYMENTS = (
    Step(
        command="deploy --prod --yes --scope hhnn", says=r"https://(?P<first>tour-[a-z0-9]+-hhnn\.vercel\.app).*Ready"
    ),
    Step(command="ls --scope hhnn", says="Ready"),
    Step(command="inspect {first} --scope hhnn", says="production.*Ready"),
    Step(command="inspect {first} --logs --scope hhnn", says="Ready"),
    Step(command="inspect nobody.vercel.app --scope hhnn", refused=True, says="find the deployment"),
    Step(command="logs --scope hhnn", says="No runtime log"),
    Step(command="deploy --yes --scope hhnn", says=r"https://(?P<preview>tour-[a-z0-9]+-hhnn\.vercel\.app).*Ready"),
    Step(command="redeploy {first} --scope hhnn", says="Ready"),
    Step(command="rollback {first} --yes --scope hhnn", says="rolled back|[Ss]uccess"),
    Step(command="promote {preview} --yes --scope hhnn", says="[Cc]reated new deployment"),
)
_HOSTS = (
    Step(command="alias set {first} shown --scope hhnn", says="shown.vercel.app"),
    Step(command="alias ls --scope hhnn", says="shown.vercel.app"),
    Step(command="alias rm shown.vercel.app --yes --scope hhnn", says="removed"),
    Step(command="alias rm shown.vercel.app --yes --scope hhnn", refused=True, says="not found"),
    Step(command="domains add www.prductr.com tour --scope hhnn", says="added to project tour"),
    Step(command="domains add www.prductr.com second --scope hhnn", refused=True, says="in use|already"),
    Step(command="domains ls --scope hhnn", says="prductr.com"),
    Step(command="domains inspect prductr.com --scope hhnn", says="www.prductr.com"),
    Step(command="domains rm prductr.com --yes --scope hhnn", says="removed"),
)
_ENDING = (
    Step(command="remove {preview} --yes --scope hhnn", says="[Rr]emoved"),
    Step(command="remove tour --yes --scope hhnn", says="[Rr]emoved"),
    Step(command="remove nobody --yes --scope hhnn", refused=True, says="Could not find"),
)
TOUR = Tour(
    program="vercel",
    script="vercel/dist/vc.js",
    steps=(*_ACCOUNT, *_PROJECT, *_DEPLOYMENTS, *_HOSTS, *_ENDING),
    files={"package.json": '{"name": "tour", "scripts": {"build": "echo"}}', "index.html": "<h1>tour</h1>"},
)
