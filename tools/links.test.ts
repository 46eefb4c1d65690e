import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, relative} from 'node:path';
import {expect, onTestFinished, test} from 'vitest';
import {anchorsOf, deadLinksOf, documentsOf, linksOf} from './links.ts';

const root = join(import.meta.dirname, '..');
const documents = documentsOf(root);

test('documents: those that a reader begins with are among those that are checked', () => {
  const names = documents.map((file) => relative(root, file));
  expect(names).toEqual(expect.arrayContaining(['README.md', 'ARCHITECTURE.md', 'docs/how-to/pipeline.md']));
});

test.each(documents.map((file) => [relative(root, file), file]))('documents: links of %s lead somewhere', (_, file) => {
  expect(deadLinksOf(root, file)).toEqual([]);
});

test('links: every form is read with its line, and code has none', () => {
  const text = [
    'See [a](a.md), ![b](b.png "B"), [c](<c d.md>) and [e][e].',
    '`[no](no.md)` and ``[no`](no.md)``',
    '```md',
    '[no](no.md)',
    '```',
    '[x](x_(y).md#z)',
    '[e]: e.md',
    '<img src="f.png">',
  ].join('\n');
  expect(linksOf(text).map(({line, target}) => `${line} ${target}`)).toEqual([
    '1 c d.md',
    '1 a.md',
    '1 b.png',
    '6 x_(y).md#z',
    '7 e.md',
    '8 f.png',
  ]);
});

test('anchors: as GitHub names headings', () => {
  const text =
    '# What it is\n## `weft.retention` & more\n## Same\n## Same\n## A [link](x.md), Über\n```sh\n# no\n```\n### snake_case ###\n<a id="own"></a>';
  expect([...anchorsOf(text)]).toEqual([
    'own',
    'what-it-is',
    'weftretention--more',
    'same',
    'same-1',
    'a-link-über',
    'snake_case',
  ]);
});

test('links: one to a file, a heading or a folder that is not there is told with its place', () => {
  const folder = mkdtempSync(join(tmpdir(), 'weft-links-'));
  onTestFinished(() => rmSync(folder, {recursive: true}));
  mkdirSync(join(folder, 'docs'));
  writeFileSync(join(folder, 'docs', 'b.md'), '# Here\n[up](../a.md#top) [self](#here) [not](#there) [out](../../etc)');
  writeFileSync(
    join(folder, 'a.md'),
    '# Top\n[b](docs/b.md#here) [dir](docs) [web](https://x.y/z#q)\n[gone](c.md)\n[B](docs/d.md) [c](docs/b.md#gone)',
  );
  expect(
    documentsOf(folder)
      .sort()
      .flatMap((file) => deadLinksOf(folder, file)),
  ).toEqual([
    'a.md:3: (c.md): no such file',
    'a.md:4: (docs/d.md): no such file',
    'a.md:4: (docs/b.md#gone): no such heading',
    'docs/b.md:2: (#there): no such heading',
    'docs/b.md:2: (../../etc): leads out of the repository',
  ]);
});
