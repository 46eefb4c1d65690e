import type {Match} from './pattern.ts';

/** A template as Go's Regexp.Expand has it: `$1`, `${1}`, `$name`, `${name}`, and `$$` for `$`. */
export function expand(template: string, match: Match): string {
  if (!template.includes('$')) return template;
  return template.replace(/\$(?:\$|(\w+)|\{(\w+)\})/g, (_, bare?: string, braced?: string) => {
    const name = bare ?? braced;
    if (name === undefined) return '$';
    return (/^\d+$/.test(name) ? match[Number(name)] : match.groups?.[name]) ?? '';
  });
}
