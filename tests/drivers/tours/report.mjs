// A tour reports to its test with one JSON object on standard output.

/** The refusal of a call, from the client's own error; a call that succeeds is a failure of the tour. */
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

// Errors of some clients contain the whole request; the error thrown here has only message and place.
process.on('uncaughtException', ({ stack }) => {
    console.error(stack);
    process.exit(1);
});
