// Cloudflare's client: base URL and token from CLOUDFLARE_BASE_URL and CLOUDFLARE_API_TOKEN, which it reads itself.
import Cloudflare, { toFile } from 'cloudflare';
import { all, refused, report } from './report.mjs';

const client = new Cloudflare({ maxRetries: 0 });
const denied = (call) => refused(call, ({ status, errors }) => ({ status, codes: errors.map(({ code }) => code) }));

const [zone] = await all(client.zones.list({ name: 'prductr.com' }));
const at = { zone_id: zone.id };
const own = { account_id: zone.account.id };
const found = { zone: [zone.name, zone.status], same: (await client.zones.get(at)).id === zone.id };

const name = 'tour.prductr.com';
const address = (content, ttl) => ({ ...at, type: 'A', name, content, ttl });
const record = await client.dns.records.create(address('192.0.2.1', 300));
const edited = await client.dns.records.edit(record.id, address('192.0.2.2', 300));
const updated = await client.dns.records.update(record.id, address('192.0.2.3', 1));
for (const last of [4, 5]) await client.dns.records.create(address(`192.0.2.${last}`, 1));
const listed = await all(client.dns.records.list({ ...at, name: { exact: name }, per_page: 2 }));
found.records = {
    contents: [record, edited, updated].map(({ content, ttl }) => [content, ttl]),
    listed: listed.map(({ content }) => content),
    twice: await denied(client.dns.records.create(address('192.0.2.3', 1))),
    alias: await denied(client.dns.records.create({ ...at, type: 'CNAME', name, content: 'example.com', ttl: 1 })),
};
const matching = async (filters) => (await all(client.dns.records.list({ ...at, ...filters }))).map(({ content }) => content);
await client.dns.records.create({ ...at, type: 'TXT', name, content: '"v"', ttl: 1, comment: 'Of the tour' });
found.records.filtered = {
    content: await matching({ content: { startswith: '192.0.2.', endswith: '4' } }),
    comment: await matching({ comment: { contains: 'THE TOUR' }, name: { contains: 'tour' } }),
    either: (await matching({ content: { exact: '192.0.2.5' }, comment: { present: '' }, match: 'any' })).length,
    search: await matching({ search: 'of the tour' }),
    tag: await denied(client.dns.records.list({ ...at, tag: { present: 'x' } })),
};
listed.push(...(await all(client.dns.records.list({ ...at, type: 'TXT', name: { exact: name } }))));
for (const { id } of listed) await client.dns.records.delete(id, at);
found.records.gone = await denied(client.dns.records.get(record.id, at));

const setting = (value) => client.zones.settings.edit('ssl', { ...at, value });
found.settings = {
    before: (await client.zones.settings.get('ssl', at)).value,
    after: (await setting('strict')).value,
    senseless: await denied(setting('nonsense')),
};

const module = (content, file) => toFile(Buffer.from(content), file, { type: 'application/javascript+module' });
const script = await client.workers.scripts.update('tour', {
    ...own,
    metadata: {
        main_module: 'worker.mjs',
        compatibility_date: '2025-09-01',
        bindings: [
            { type: 'plain_text', name: 'GREETING', text: 'hello' },
            { type: 'secret_text', name: 'KEY', text: 'not to be seen' },
        ],
    },
    files: [
        await module("import { greet } from './greet.mjs'; export default { fetch: greet };", 'worker.mjs'),
        await module("export const greet = () => new Response('hello');", 'greet.mjs'),
    ],
});
const settings = await client.workers.scripts.scriptAndVersionSettings.get('tour', own);
const content = await client.workers.scripts.content.get('tour', own);
found.script = { id: script.id, bindings: settings.bindings, content: await content.text() };

const { versions, deployments, secrets } = client.workers.scripts;
const next = await versions.create('tour', {
    ...own,
    metadata: { main_module: 'next.mjs', annotations: { 'workers/tag': 'next' } },
    files: [await module("export default { fetch: () => new Response('next') };", 'next.mjs')],
});
const share = (version_id) => ({ ...own, strategy: 'percentage', versions: [{ version_id, percentage: 100 }] });
const order = (version_id, more) => deployments.create('tour', { ...share(version_id), ...more });
const current = async () => (await deployments.list('tour', own)).deployments[0].versions[0].version_id;
const first = await current();
const kept = await all(versions.list('tour', { ...own, per_page: 1 }));
const read = await versions.get('tour', first, own);
found.versions = {
    numbers: kept.map(({ number }) => number),
    tag: kept[0].annotations['workers/tag'],
    bindings: read.resources.bindings,
    secrets: (await all(secrets.list('tour', own))).length,
    forward: (await order(next.id)).versions[0].version_id === next.id && (await current()) === next.id,
    back: await denied(order(first)),
    forced: (await order(first, { force: true })).annotations['workers/triggered_by'],
    serves: (await current()) === first,
    gradual: await denied(order(first, { versions: [first, next.id].map((id) => ({ version_id: id, percentage: 50 })) })),
    nobody: await denied(versions.get('tour', '00000000-0000-4000-8000-000000000000', own)),
};

const attach = (hostname) => client.workers.domains.update({ ...own, ...at, hostname, service: 'tour' });
const domain = await attach('worker.prductr.com');
const other = { ...at, type: 'CNAME', name: 'taken.prductr.com', content: 'example.com', ttl: 1 };
const taken = await client.dns.records.create(other);
found.domain = {
    hostname: domain.hostname,
    listed: (await all(client.workers.domains.list(own))).map(({ hostname, service }) => [hostname, service]),
    record: (await all(client.dns.records.list({ ...at, name: { exact: domain.hostname } }))).map(({ type }) => type),
    taken: await denied(attach(other.name)),
};
await client.dns.records.delete(taken.id, at);
await client.workers.domains.delete(domain.id, own);
await client.workers.scripts.delete('tour', own);
found.domain.left = [await all(client.workers.domains.list(own)), await all(client.workers.scripts.list(own))];

const site = await client.rum.siteInfo.create({ ...own, host: zone.name, auto_install: false });
const sites = await all(client.rum.siteInfo.list(own));
found.site = { token: site.site_token, snippet: site.snippet, listed: sites.map(({ site_tag }) => site_tag === site.site_tag) };
await client.rum.siteInfo.delete(site.site_tag, own);
found.site.gone = await denied(client.rum.siteInfo.get(site.site_tag, own));

const stranger = (apiToken) => new Cloudflare({ apiToken, maxRetries: 0 });
found.strangers = {
    wrong: await denied(stranger('x'.repeat(40)).zones.get(at)),
    verification: await denied(stranger('x'.repeat(40)).user.tokens.verify()),
    malformed: await denied(stranger('x y').zones.get(at)),
};
report(found);
