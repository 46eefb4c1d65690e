/** Commands whose name or group has every word of the query: names that begin with it first, otherwise in the given order. */
export function fitCommands<T extends {readonly name: string; readonly group: string}>(
  commands: readonly T[],
  query: string,
): T[] {
  const words = query.trim().toLowerCase().split(/\s+/);
  const fitting = commands.filter((command) => {
    const text = `${command.name} ${command.group}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const first = words.join(' ');
  const groups = [...new Set(fitting.map((command) => command.group))];
  const rank = (command: T): number => (command.name.toLowerCase().startsWith(first) ? 0 : 1);
  const best = new Map(groups.map((group) => [group, Math.min(...fitting.filter((c) => c.group === group).map(rank))]));
  return fitting
    .map((command, index) => ({command, index}))
    .sort(
      (a, b) =>
        best.get(a.command.group)! - best.get(b.command.group)! ||
        groups.indexOf(a.command.group) - groups.indexOf(b.command.group) ||
        rank(a.command) - rank(b.command) ||
        a.index - b.index,
    )
    .map(({command}) => command);
}
