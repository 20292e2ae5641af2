// Fields that Vercel's client had to invent: it fills missing fields of a response with zero values instead of refusing it.
import { HTTPClient } from '@vercel/sdk/lib/http';

/** The client's groups of calls; `filled` lists the fields that were in its results and not in the responses. */
export function watched(Client, options, groups) {
    const fields = new Set();
    let answer;
    let compared = 0;
    const httpClient = new HTTPClient({
        fetcher: async (request, init) => {
            const response = await fetch(request, init);
            const text = await response.clone().text();
            answer = response.ok && text ? JSON.parse(text) : null;
            return response;
        },
    });
    const client = new Client({ ...options, httpClient });
    const watching = (group) => ({
        get: (calls, name) => async (request) => {
            const result = await calls[name](request);
            if (answer === null) return result;
            compared += 1;
            for (const field of made(result, answer)) fields.add(`${group}.${name}: ${field}`);
            return result;
        },
    });
    const calls = groups.map((group) => [group, new Proxy(client[group], watching(group))]);
    return { ...Object.fromEntries(calls), filled: () => ({ fields: [...fields], compared }) };
}

function* made(result, answer, where = '') {
    if (result === null || typeof result !== 'object') return;
    for (const [key, value] of Object.entries(result)) {
        const place = `${where}/${Array.isArray(result) ? '*' : key}`;
        if (!(key in Object(answer))) yield place;
        else yield* made(value, answer[key], place);
    }
}
