// How a tour tells its test what happened: one JSON object on standard output.

/** What a call was refused with, by the client's own error; a call that succeeds is a failure of the tour. */
export async function refused(call, describe) {
    let answer;
    try {
        answer = await call;
    } catch (error) {
        return { error: error.constructor.name, ...describe(error) };
    }
    throw new Error(`was not refused: ${JSON.stringify(answer)}`);
}

/** Every item of a list that the client fetches page by page. */
export async function all(pages) {
    const found = [];
    for await (const item of pages) found.push(item);
    return found;
}

export const report = (found) => console.log(JSON.stringify(found));

// Errors of some clients hold the whole request; what is thrown here tells message and place only.
process.on('uncaughtException', ({ stack }) => {
    console.error(stack);
    process.exit(1);
});
