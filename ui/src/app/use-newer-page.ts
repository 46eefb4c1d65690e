import {useEffect, useState} from 'react';
import {connection} from '../api/index.ts';

/** The code that this Weft's page begins with, where it is another than the one that runs here: the page has been upgraded. */
export function useNewerPage(): string | undefined {
  const [newer, setNewer] = useState<string | undefined>();
  useEffect(
    () =>
      connection.onRestart(async () => {
        const code = await codeOfPage();
        setNewer(code === undefined || code === runningCode() ? undefined : code);
      }),
    [],
  );
  return newer;
}

/** Vite names the file by what is in it, and in what it imports. */
const entry = 'script[type="module"][src]';

const runningCode = (): string | undefined => document.querySelector(entry)?.getAttribute('src') ?? undefined;

async function codeOfPage(): Promise<string | undefined> {
  try {
    const response = await fetch('/', {cache: 'no-store', headers: {accept: 'text/html'}});
    if (!response.ok) return undefined;
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    return page.querySelector(entry)?.getAttribute('src') ?? undefined;
  } catch {
    return undefined;
  }
}
