// Neon's client at its own address, through the proxy. It accepts any response, hence `answers`: the test compares each
// with the description of the API that comes with the client.
import { createApiClient } from '@neondatabase/api-client';
import { refused, report } from './report.mjs';

const denied = (call) => refused(call, ({ response }) => ({ status: response.status, ...response.data }));
const answers = [];
const recorded = (response) => {
    answers.push({
        method: response.config.method,
        path: response.config.url,
        status: response.status,
        body: response.data || null,
    });
    return response;
};
function client(apiKey) {
    const made = createApiClient({ apiKey, timeout: 60_000 });
    made.instance.interceptors.response.use(recorded, (error) => {
        if (error.response) recorded(error.response);
        throw error;
    });
    return made;
}
const neon = client(process.env.NEON_API_KEY);

/** The response's content, once all the operations that it names are finished. */
async function settled(call) {
    const { data } = await call;
    const last = await Promise.all((data.operations ?? []).map(finished));
    return { ...data, statuses: last.map(({ action, status }) => [action, status]) };
}

async function finished({ project_id: project, id }) {
    for (;;) {
        const { operation } = (await neon.getProjectOperation(project, id)).data;
        if (!['scheduling', 'running'].includes(operation.status)) return operation;
        await new Promise((wake) => setTimeout(wake, 50));
    }
}

const [organization] = (await neon.getCurrentUserOrganizations()).data.organizations;
const org_id = organization.id;
const asked = { name: 'tour', org_id, region_id: 'aws-eu-central-1', pg_version: 17 };
const made = await settled(neon.createProject({ project: asked }));
const id = made.project.id;
const main = made.branch.id;
await neon.updateProject(id, { project: { history_retention_seconds: 3600 } });
const found = {
    project: {
        operations: made.statuses,
        history: (await neon.getProject(id)).data.project.history_retention_seconds,
        listed: (await neon.listProjects({ org_id })).data.projects.map(({ name }) => name),
        uris: made.connection_uris.length,
        unknown: await denied(neon.getProject('no-such-project-1')),
        homeless: await denied(neon.createProject({ project: { name: 'tour' } })),
    },
};

const role = await settled(neon.createProjectBranchRole(id, main, { role: { name: 'tour_role' } }));
found.roles = {
    operations: role.statuses,
    revealed: (await neon.getProjectBranchRolePassword(id, main, 'tour_role')).data.password === role.role.password,
    reset: (await settled(neon.resetProjectBranchRolePassword(id, main, 'tour_role'))).role.password !== role.role.password,
    twice: await denied(neon.createProjectBranchRole(id, main, { role: { name: 'tour_role' } })),
    unknown: await denied(neon.getProjectBranchRole(id, main, 'nobody')),
    listed: (await neon.listProjectBranchRoles(id, main)).data.roles.map(({ name }) => name),
};

const database = { name: 'tour', owner_name: 'tour_role' };
found.databases = {
    operations: (await settled(neon.createProjectBranchDatabase(id, main, { database }))).statuses,
    twice: await denied(neon.createProjectBranchDatabase(id, main, { database })),
    read: (await neon.getProjectBranchDatabase(id, main, 'tour')).data.database.owner_name,
    renamed: (await settled(neon.updateProjectBranchDatabase(id, main, 'tour', { database: { name: 'renamed' } }))).database.name,
    listed: (await neon.listProjectBranchDatabases(id, main)).data.databases.map(({ name }) => name),
};

const branching = { branch: { name: 'tour' }, endpoints: [{ type: 'read_write' }] };
const creation = neon.createProjectBranch(id, branching);
const child = await creation;
const locked = await denied(neon.createProjectBranchRole(id, child.data.branch.id, { role: { name: 'too_early' } }));
const branch = await settled(creation);
const endpoint = branch.endpoints[0].id;
found.branches = {
    operations: branch.statuses,
    locked,
    copied: (await neon.listProjectBranchRoles(id, branch.branch.id)).data.roles.map(({ name }) => name),
    twice: await denied(neon.createProjectBranch(id, branching)),
    listed: (await neon.listProjectBranches({ projectId: id })).data.branches.map(({ name }) => name),
    state: (await neon.getProjectBranch(id, branch.branch.id)).data.branch.current_state,
    main: await denied(neon.deleteProjectBranch({ projectId: id, branchId: main })),
};

const end = new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+Z$/, 'Z');
const expiring = (await neon.updateProjectBranch(id, branch.branch.id, { branch: { expires_at: end } })).data.branch;
found.expiry = {
    kept: expiring.expires_at === end,
    seconds: expiring.ttl_interval_seconds,
    parent: await denied(neon.createProjectBranch(id, { branch: { parent_id: branch.branch.id } })),
    lifted: 'expires_at' in (await neon.updateProjectBranch(id, branch.branch.id, { branch: { expires_at: null } })).data.branch,
};

const moment = new Date().toISOString();
const past = await settled(neon.createProjectBranch(id, { branch: { name: 'past', parent_timestamp: moment } }));
const restored = await settled(
    neon.restoreProjectBranch(id, past.branch.id, { source_branch_id: main, preserve_under_name: 'past_old' }),
);
const kept = restored.branch.parent_id;
found.history = {
    operations: restored.statuses,
    moment: past.branch.parent_timestamp === moment,
    same: restored.branch.id === past.branch.id,
    kept: (await neon.getProjectBranch(id, kept)).data.branch.name,
    early: await denied(neon.createProjectBranch(id, { branch: { parent_timestamp: '2020-01-01T00:00:00Z' } })),
    nameless: await denied(neon.restoreProjectBranch(id, main, { source_branch_id: main, source_timestamp: moment })),
};
for (const branchId of [past.branch.id, kept]) await settled(neon.deleteProjectBranch({ projectId: id, branchId }));

const writer = { endpoint: { branch_id: branch.branch.id, type: 'read_write' } };
found.endpoints = {
    listed: (await neon.listProjectEndpoints(id)).data.endpoints.length,
    second: await denied(neon.createProjectEndpoint(id, writer)),
    suspended: (await settled(neon.suspendProjectEndpoint(id, endpoint))).statuses,
    started: (await settled(neon.startProjectEndpoint(id, endpoint))).statuses,
    state: (await neon.getProjectEndpoint(id, endpoint)).data.endpoint.current_state,
    scaled: (await settled(neon.updateProjectEndpoint(id, endpoint, { endpoint: { autoscaling_limit_max_cu: 1 } }))).endpoint
        .autoscaling_limit_max_cu,
};

const named = { projectId: id, database_name: 'neondb', role_name: 'neondb_owner' };
found.uris = {
    direct: (await neon.getConnectionUri(named)).data.uri,
    pooled: (await neon.getConnectionUri({ ...named, branch_id: branch.branch.id, pooled: true })).data.uri,
    unknown: await denied(neon.getConnectionUri({ ...named, role_name: 'nobody' })),
};
found.operations = (await neon.listProjectOperations({ projectId: id })).data.operations.length;

found.deleted = [
    (await settled(neon.deleteProjectEndpoint(id, endpoint))).endpoint.id === endpoint,
    (await settled(neon.deleteProjectBranch({ projectId: id, branchId: branch.branch.id }))).branch.name,
    (await settled(neon.deleteProjectBranchDatabase(id, main, 'renamed'))).database.name,
    (await settled(neon.deleteProjectBranchRole(id, main, 'tour_role'))).role.name,
    (await neon.deleteProjectBranchRole(id, main, 'tour_role')).status,
    (await neon.deleteProject(id)).data.project.name,
];
found.left = (await neon.listProjects({ org_id })).data.projects.length;
found.strangers = {
    wrong: await denied(client('wrong').getCurrentUserInfo()),
    none: await denied(client('').listProjects({ org_id })),
};
report({ found, answers });
