/**
 * Code that cannot be fetched: Weft is gone for the moment, or another version of it has taken the place of the one that this page came
 * from, whose files are no more. Either way the page is loaded again, once, when Weft answers: the address says all that is on show,
 * and an import that has failed may stay failed for as long as the page lives.
 */
import {connection} from '../api/index.ts';

const MARK = 'weft.reloaded';
/** Code that is lost again so soon after a reload is not mended by another. */
const SOON = 30_000;

/** Vite tells of every import that fails, whoever asked for it: a view, a dialog, a language. */
export function reloadForLostCode(): void {
  let waiting = false;
  const reload = (): void => {
    if (mayReload()) location.reload();
  };
  window.addEventListener('vite:preloadError', async () => {
    await connection.doubt();
    if (connection.state().kind === 'answering') return reload();
    if (waiting) return;
    waiting = true;
    connection.onBack(reload);
  });
}

/** As browsers and Vite word it; there is no code to tell it by. */
export const isLostCode = (error: unknown): boolean =>
  error instanceof Error &&
  /dynamically imported module|importing a module script|preload CSS|error loading module/i.test(error.message);

function mayReload(): boolean {
  try {
    const last = Number(sessionStorage.getItem(MARK) ?? 0);
    if (Date.now() - last < SOON) return false;
    sessionStorage.setItem(MARK, String(Date.now()));
    return true;
  } catch {
    return false; // without a memory there is no telling how often
  }
}
