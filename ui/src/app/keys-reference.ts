/** `docs/reference/keys.md`: every command and its keys, from the sets that the page itself uses. */
import {shellText} from '../i18n/index.ts';
import {keyNames} from '../widgets/index.ts';
import {commandSets} from './command-sets.ts';

const head = `# Keys

Generated from the code by \`npm run gen\`. Single keys work while no text is being written; the page's help (\`?\`) shows those that are
in force where you are. Everything with a name is in the command palette (\`Ctrl\` \`K\`, on a Mac \`⌘\` \`K\`) too.
`;

const reaches = {everywhere: 'On every page.', page: 'On its page.', part: 'In its part of a page.'} as const;

export async function renderKeysReference(): Promise<string> {
  const shell = await shellText.load('en');
  const parts = await Promise.all(
    commandSets.map(async (set) => {
      const texts = {...shell, ...(await set.texts?.load('en'))} as never;
      const rows = Object.values(set.commands).map(
        ({keys, text}) => `| ${(keys ?? []).map(written).join(', ')} | ${text(texts)} |`,
      );
      return `## ${set.title(texts)}\n\n${reaches[set.scope]}\n\n| Key | |\n|---|---|\n${rows.join('\n')}\n`;
    }),
  );
  return [head, ...parts].join('\n');
}

const written = (key: string): string =>
  keyNames(key, 'Ctrl')
    .map((name) => `\`${name === '|' ? '\\|' : name}\``)
    .join(' ');
