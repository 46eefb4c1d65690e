/** Whether this package was named to `--import` or `--require` on the command line or in NODE_OPTIONS. */
export function isPreloaded(execArgv: readonly string[], nodeOptions: string | undefined): boolean {
  const words = [...execArgv, ...(nodeOptions ?? '').split(/\s+/)].map((word) => word.replace(/^["']|["']$/g, ''));
  return words.some((word, index) => {
    const [flag, value] = word.startsWith('--') && word.includes('=') ? word.split('=', 2) : [word, words[index + 1]];
    return preloadFlags.has(flag ?? '') && value === packageName;
  });
}

const preloadFlags = new Set(['--import', '--require', '-r']);
const packageName = '@weft/instrument';
