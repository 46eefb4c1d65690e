/** Looks for links between the repository's documents that lead nowhere. */
import {existsSync, readdirSync, readFileSync, statSync} from 'node:fs';
import {dirname, join, relative} from 'node:path';

/** Every Markdown file below `root`, without what is installed or built. */
export function documentsOf(root: string): string[] {
  const skipped = new Set(['node_modules', 'dist', '.git']);
  return readdirSync(root, {withFileTypes: true}).flatMap((entry) => {
    if (skipped.has(entry.name)) return [];
    const path = join(root, entry.name);
    if (entry.isDirectory()) return documentsOf(path);
    return entry.isFile() && entry.name.endsWith('.md') ? [path] : [];
  });
}

/** One line for each link of `file` to a file or heading that is not there, with its place and where it leads. */
export function deadLinksOf(root: string, file: string): string[] {
  return linksOf(readFileSync(file, 'utf8')).flatMap(({line, target}) => {
    // A scheme (https:, mailto:) leads out of the repository.
    if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return [];
    const fault = faultOf(root, file, target);
    return fault === undefined ? [] : [`${relative(root, file)}:${line}: (${target}): ${fault}`];
  });
}

function faultOf(root: string, file: string, target: string): string | undefined {
  const [path = '', anchor] = target.split('#', 2);
  const to = path === '' ? file : join(path.startsWith('/') ? root : dirname(file), decodeURIComponent(path));
  if (relative(root, to).startsWith('..')) return 'leads out of the repository';
  if (!existsSync(to)) return 'no such file';
  if (anchor === undefined) return undefined;
  if (!to.endsWith('.md') || !statSync(to).isFile()) return 'an anchor of a file that is not Markdown';
  return anchorsOf(readFileSync(to, 'utf8')).has(decodeURIComponent(anchor)) ? undefined : 'no such heading';
}

/** The links of a text with their lines: inline, images, definitions, HTML's. Code has none. */
export function linksOf(markdown: string): {readonly line: number; readonly target: string}[] {
  const text = withoutCode(markdown);
  const patterns = [
    /\]\(\s*<([^>\n]*)>/g,
    /\]\(\s*([^\s<>()]+(?:\([^\s()]*\)[^\s<>()]*)*)(?:\s+"[^"]*")?\s*\)/g,
    /^ {0,3}\[[^\]\n]+\]:\s*<?([^\s>]+)/gm,
    /<[a-z][^>]*\s(?:href|src)="([^"]+)"/g,
  ];
  return patterns
    .flatMap((pattern) => [...text.matchAll(pattern)])
    .map((match) => ({line: text.slice(0, match.index).split('\n').length, target: match[1] ?? ''}))
    .sort((a, b) => a.line - b.line);
}

/** The anchors that GitHub gives to headings (lower case, without punctuation, `-` for blanks, a number for the same again), and written ones. */
export function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set([...markdown.matchAll(/<[a-z][^>]*\s(?:id|name)="([^"]+)"/g)].map((match) => match[1] ?? ''));
  const seen = new Map<string, number>();
  // Code in a heading is part of its name, so only blocks are taken out.
  for (const [, heading = ''] of withoutBlocks(markdown).matchAll(/^ {0,3}#{1,6}\s+(.*?)(?:\s+#+)?\s*$/gm)) {
    const text = heading
      .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replaceAll(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '');
    const slug = text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
      .replaceAll(' ', '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    anchors.add(times === 0 ? slug : `${slug}-${times}`);
  }
  return anchors;
}

/** The text with fenced blocks blanked; its lines keep their numbers. */
function withoutBlocks(markdown: string): string {
  let fence: string | undefined;
  return markdown
    .split('\n')
    .map((line) => {
      const [, marks] = /^\s*(?:>\s*)*(`{3,}|~{3,})/.exec(line) ?? [];
      if (fence === undefined) {
        fence = marks;
        return marks === undefined ? line : '';
      }
      if (marks?.startsWith(fence) && line.trim().replaceAll(/^[>\s]*/g, '') === marks) fence = undefined;
      return '';
    })
    .join('\n');
}

function withoutCode(markdown: string): string {
  return withoutBlocks(markdown).replaceAll(/(?<!`)(`+)(?!`)(?:(?!\n\s*\n)[\s\S])*?[^`]\1(?!`)/g, (code) =>
    code.replaceAll(/[^\n]/g, ' '),
  );
}
