// Vercel's client at its own address, through the proxy. It validates every answer and throws where one is not as declared.
import { Vercel } from '@vercel/sdk';
import { watched } from './filled.mjs';
import { refused, report } from './report.mjs';

const groups = ['domains', 'deployments', 'projects', 'teams', 'user'];
const bearerToken = process.env.VERCEL_API_TOKEN;
const { domains, deployments, projects, teams, user, filled } = watched(Vercel, { bearerToken }, groups);
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
await projects.removeProjectDomain({ ...here, domain: alias.name });

const made = await deployments.createDeployment({
    ...scope,
    requestBody: { name: 'tour', project: 'tour', target: 'production', gitSource: { ...repository, ref: 'main' } },
});
const states = [made.readyState];
let last = made;
while (!['READY', 'ERROR', 'CANCELED'].includes(states.at(-1))) {
    last = await deployments.getDeployment({ ...scope, idOrUrl: made.id });
    states.push(last.readyState);
}
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
