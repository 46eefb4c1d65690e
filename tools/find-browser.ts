/** The browser of the page's tests. */
import {spawnSync} from 'node:child_process';

/** The first is Chromium without the windows that nobody sees: a page opens in a fifth of the time. */
const browsers = [
  'chromium-headless-shell',
  'chrome-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
];

/** Where a command is; undefined where it is not. */
const where = (command: string): string | undefined =>
  spawnSync('sh', ['-c', `command -v ${command}`], {encoding: 'utf8'}).stdout.trim() || undefined;

const installed = (): string | undefined => browsers.map(where).find((path) => path !== undefined);

/** Installs one where there is none and that is possible; otherwise says what to do and ends the process. */
export function findBrowser(): string {
  const named = process.env.WEFT_CHROMIUM;
  if (named) return named;
  if (installed() === undefined && where('apt-get') !== undefined && process.getuid?.() === 0) {
    const install = 'apt-get install -y -qq --no-install-recommends fonts-noto-cjk';
    const script = `apt-get update -qq && { ${install} chromium-headless-shell || ${install} chromium; } >/dev/null`;
    spawnSync('sh', ['-c', script], {stdio: 'inherit'});
  }
  const found = installed();
  if (found !== undefined) return found;
  console.error(
    'The browser tests need Chromium. Install it (Debian, Ubuntu: sudo apt-get install chromium) or name one in WEFT_CHROMIUM.',
  );
  process.exit(1);
}
