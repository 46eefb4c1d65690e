/** The ladder of README.md: imports run downwards only, and into another folder through its `index.ts`. */
import {expect, test} from 'vitest';

/** Each folder may import from those before it. */
const ladder = ['format', 'api', 'theme', 'i18n', 'urls', 'widgets', 'timeline', 'pages', 'app'];
const sources = import.meta.glob<string>('./**/*.{ts,tsx}', {query: '?raw', import: 'default', eager: true});

test('imports run down the ladder, through each folder’s face', () => {
  const faults: string[] = [];
  for (const [file, text] of Object.entries(sources)) {
    const here = file.split('/').slice(1, -1);
    for (const [, from] of text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)) {
      const target = new URL(from!, `file:///${here.join('/')}/`).pathname.slice(1).split('/');
      const [folder, ...rest] = target;
      const page = here[0] === 'pages' && folder === 'pages' && here[1] === rest[0];
      if (folder === here[0] && (folder !== 'pages' || page)) continue;
      const down = here.length === 0 || ladder.indexOf(folder!) < ladder.indexOf(here[0]!);
      const face = rest.at(-1) === 'index.ts' || /\.css$|mantine-styles\.ts$/.test(from!);
      if (!down || !face) faults.push(`${file}: ${from}`);
    }
  }
  expect(faults).toEqual([]);
});
