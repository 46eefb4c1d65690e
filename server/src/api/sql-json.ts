/** Lines of JSON arrays, the first two with the names and types of the columns, to one object: as they come, line by line. */

/** `{"columns": [{"name", "type"}…], "rows": [[…]…], "truncated": …}`, with at most `most` rows. */
export async function* rowsToJson(chunks: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<Buffer> {
  let names: readonly string[] | undefined;
  let began = false;
  let rows = 0;
  for await (const lines of lineGroups(chunks)) {
    const pieces: string[] = [];
    for (const line of lines) {
      if (names === undefined) names = JSON.parse(line) as string[];
      else if (!began) {
        const types = JSON.parse(line) as string[];
        pieces.push(`{"columns":${JSON.stringify(names.map((name, i) => ({name, type: types[i]})))},"rows":[`);
        began = true;
      } else if (++rows <= most) pieces.push(rows === 1 ? line : `,${line}`);
    }
    if (pieces.length > 0) yield Buffer.from(pieces.join(''));
  }
  yield Buffer.from(`${began ? '' : '{"columns":[],"rows":['}],"truncated":${rows > most}}`);
}

/** The lines that each chunk ends, without empty ones. */
async function* lineGroups(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  let rest: Buffer[] = [];
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const end = bytes.lastIndexOf(10);
    if (end < 0) {
      rest.push(bytes);
      continue;
    }
    const text = Buffer.concat([...rest, bytes.subarray(0, end)]).toString();
    rest = [bytes.subarray(end + 1)];
    yield text.split('\n').filter((line) => line !== '');
  }
  const last = Buffer.concat(rest).toString();
  if (last !== '') yield [last];
}
