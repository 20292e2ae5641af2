// Vercel's client at its own address, through the proxy. It validates every response and throws if one is not as declared.
import { Vercel } from '@vercel/sdk';
import { watched } from './filled.mjs';
import { refused, report } from './report.mjs';

const groups = ['aliases', 'domains', 'deployments', 'projects', 'teams', 'user'];
const bearerToken = process.env.VERCEL_API_TOKEN;
const { aliases, domains, deployments, projects, teams, user, filled } = watched(Vercel, { bearerToken }, groups);
const denied = (call) => refused(call, ({ statusCode, body }) => ({ status: statusCode, ...JSON.parse(body).error }));

const [team] = (await teams.getTeams({})).teams;
const scope = { teamId: team.id };
const found = { team: [team.slug, (await teams.getTeam(scope)).slug], user: (await user.getAuthUser()).user.username };

const repository = { type: 'github', org: 'habitusnet', repo: 'prductr' };
const project = await projects.createProject({
    ...scope,
    requestBody: {
        name: 'tour',
        framework: 'nextjs',
        rootDirectory: 'apps/dashboard',
        gitRepository: { type: repository.type, repo: 'habitusnet/prductr' },
        environmentVariables: [{ key: 'FIRST', value: '1', type: 'encrypted', target: 'production' }],
    },
});
const here = { ...scope, idOrName: project.name };
const changes = { nodeVersion: '22.x', buildCommand: 'npm run build' };
const updated = await projects.updateProject({ ...here, requestBody: changes });
found.project = {
    made: [project.name, project.framework, project.rootDirectory, project.link.repo, project.nodeVersion],
    updated: [updated.nodeVersion, updated.buildCommand],
    same: (await projects.getProject(here)).id === project.id,
    listed: (await projects.getProjects(scope)).projects.map(({ name }) => name),
    twice: await denied(projects.createProject({ ...scope, requestBody: { name: 'tour' } })),
    unknown: await denied(projects.getProject({ ...scope, idOrName: 'nothing' })),
};

const variable = (key, type, target, value = 'one') => ({ key, type, target, value });
const add = (requestBody) => projects.createProjectEnv({ ...here, requestBody });
const { created } = await add(variable('URL', 'encrypted', ['production', 'preview']));
const several = await add([
    variable('SECRET', 'sensitive', ['production']),
    variable('URL', 'encrypted', ['production']),
]);
const id = created.id;
await projects.editProjectEnv({ ...here, id, requestBody: { value: 'two' } });
const { envs } = await projects.filterProjectEnvs(here);
found.variables = {
    listed: Object.fromEntries(envs.map(({ key, type, target, value }) => [key, { type, target, value }])),
    edited: (await projects.getProjectEnv({ ...here, id })).value,
    several: [several.created.map(({ key }) => key), several.failed.map(({ error }) => error.code)],
    conflict: await denied(add(variable('URL', 'encrypted', ['production']))),
};

const attach = (idOrName, requestBody) => projects.addProjectDomain({ ...scope, idOrName, requestBody });
const domain = await attach('tour', { name: 'tour.prductr.com' });
const alias = await attach('tour', { name: 'www.tour.prductr.com', redirect: domain.name, redirectStatusCode: 308 });
const other = await projects.createProject({ ...scope, requestBody: { name: 'other-tour' } });
const config = await domains.getDomainConfig({ ...scope, domain: domain.name });
found.domains = {
    added: [domain.name, domain.verified, domain.projectId === project.id],
    redirect: [alias.redirect, alias.redirectStatusCode],
    read: (await projects.getProjectDomain({ ...here, domain: domain.name })).apexName,
    listed: (await projects.getProjectDomains(here)).domains.map(({ name }) => name),
    misconfigured: config.misconfigured,
    conflict: await denied(attach(other.name, { name: domain.name })),
    owner: project.id,
};
const move = (from, to) =>
    projects.moveProjectDomain({ ...scope, idOrName: from, domain: domain.name, requestBody: { projectId: to } });
await move(project.id, other.id);
const ofProject = async (idOrName) =>
    (await projects.getProjectDomains({ ...scope, idOrName, order: 'ASC' })).domains.map(({ name }) => name);
found.domains.moved = [await ofProject('tour'), await ofProject('other-tour')];
await move(other.id, project.id);
await projects.removeProjectDomain({ ...here, domain: alias.name });

const deploy = (target, ref = 'main') =>
    deployments.createDeployment({
        ...scope,
        requestBody: { name: 'tour', project: 'tour', target, gitSource: { ...repository, ref } },
    });
const watch = async (begun) => {
    const seen = [begun.readyState];
    let last = begun;
    while (!['READY', 'ERROR', 'CANCELED'].includes(seen.at(-1))) {
        last = await deployments.getDeployment({ ...scope, idOrUrl: begun.id });
        seen.push(last.readyState);
    }
    return { last, seen };
};
const made = await deploy('production');
const { last, seen: states } = await watch(made);
const listed = await deployments.getDeployments({ ...scope, projectId: project.id });
found.deployment = {
    states,
    alias: last.alias,
    listed: listed.deployments.map(({ uid }) => uid === made.id),
    production: (await projects.getProject(here)).targets.production.id === made.id,
    foreign: await denied(
        deployments.createDeployment({
            ...scope,
            requestBody: { name: 'tour', project: 'tour', gitSource: { ...repository, org: 'somebody', ref: 'main' } },
        }),
    ),
};

const second = (await watch(await deploy('production'))).last;
const onto = (deployment) => ({ ...scope, projectId: project.id, deploymentId: deployment.id });
const leading = async ({ id }) =>
    (await aliases.listDeploymentAliases({ ...scope, id })).aliases.map((one) => one.alias);
const serving = async () => (await projects.getProject(here)).targets.production.id;
await projects.requestRollback({ ...onto(made), description: 'the tour goes back' });
const back = await projects.getProject(here);
const request = ({ type, fromDeploymentId, toDeploymentId, jobStatus }) => [
    type,
    fromDeploymentId === second.id,
    toDeploymentId === made.id,
    jobStatus,
];
const uids = (answer) => answer.deployments.map(({ uid }) => uid);
found.rollback = {
    production: (await serving()) === made.id,
    host: (await deployments.getDeployment({ ...scope, idOrUrl: domain.name })).id === made.id,
    request: request(back.lastAliasRequest),
    latest: back.latestDeployments.map((one) => one.id === made.id),
    leading: [await leading(made), await leading(second)],
    moved: (await projects.listPromoteAliases({ ...scope, projectId: project.id })).aliases.map((one) => one.alias),
    candidates: uids(
        await deployments.getDeployments({ ...scope, projectIds: [project.id, other.id], rollbackCandidate: true }),
    ).map((uid) => uid === second.id),
    again: await denied(projects.requestRollback(onto(made))),
    unknown: await denied(projects.requestRollback(onto({ id: 'dpl_nobody' }))),
};
await projects.requestPromote(onto(second));
found.promotion = {
    production: (await serving()) === second.id,
    again: await denied(projects.requestPromote(onto(second))),
};
const preview = await deploy(undefined, 'next');
const cancel = (deployment) => deployments.cancelDeployment({ ...scope, id: deployment.id });
const events = await deployments.getDeploymentEvents({ ...scope, idOrUrl: made.id });
found.builds = {
    canceled: (await cancel(preview)).readyState,
    tooLate: await denied(cancel(second)),
    events: events.map(({ info }) => info.readyState),
    byBranch: uids(await deployments.getDeployments({ ...scope, branch: 'next', until: Date.now() })).map(
        (uid) => uid === preview.id,
    ),
};

await projects.removeProjectEnv({ ...here, id });
found.variables.left = (await projects.filterProjectEnvs(here)).envs.map(({ key }) => key);
await projects.deleteProject(here);
await projects.deleteProject({ ...scope, idOrName: other.name });
found.project.left = (await projects.getProjects(scope)).projects.map(({ name }) => name);

const stranger = new Vercel({ bearerToken: 'wrong' });
found.strangers = {
    wrong: await denied(stranger.user.getAuthUser()),
    none: await denied(new Vercel().user.getAuthUser()),
    foreign: await denied(projects.getProjects({ teamId: 'team_of_somebody_else' })),
};
found.filled = filled();
report(found);
