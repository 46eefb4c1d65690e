/** docs/reference/collector-differences.md: what was chosen otherwise than in the Collector, and why. */
import {cases} from './cases.ts';
import {version} from './components.ts';
import {chosenDifferences, openDifferences} from './differences.ts';

export function renderDifferences(): string {
  const lines = [
    '# Differences from the Collector',
    '',
    '<!-- Made by `npm run gen` from tools/compare-collector/differences.ts. -->',
    '',
    'Weft takes the configuration of the OpenTelemetry Collector and means to give the same results. Where it does not, this page says',
    `so. \`npm run compare:collector\` gives ${cases.length} configurations and the same data to both, and fails on any other difference;`,
    `it builds a Collector ${version} once, where Go is installed, or takes the one that \`WEFT_COLLECTOR\` names.`,
    '',
    'How to move: [from the Collector](../how-to/move-from-the-collector.md). Settings that Weft does not have are named in the',
    '[configuration](configuration.md), and `weft check-config` tells them with their places.',
    '',
  ];
  for (const of of [...new Set(chosenDifferences.map((each) => each.of))].toSorted()) {
    lines.push(`## ${of}`, '');
    for (const {title, reason} of chosenDifferences.filter((each) => each.of === of)) {
      lines.push(`- **${title}** ${reason}`);
    }
    lines.push('');
  }
  lines.push('## Not mended yet', '', 'The comparison finds these too, and they are not on purpose:', '');
  lines.push(...openDifferences.map((text) => `- ${text}`));
  return `${lines.join('\n').trimEnd()}\n`;
}
