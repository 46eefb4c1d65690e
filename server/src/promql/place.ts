/** A place in a query as Prometheus writes it: line and byte, both from 1 on. */
export function placeIn(text: string, position: number): string {
  const lines = text.slice(0, position).split('\n');
  return `${lines.length}:${new TextEncoder().encode(lines.at(-1)).length + 1}`;
}
