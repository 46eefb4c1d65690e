/** Small preferences of this browser. A browser that forbids storage only forgets them. */

export function recall(key: string): string | undefined {
  try {
    return localStorage.getItem(`weft.${key}`) ?? undefined;
  } catch {
    return undefined;
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(`weft.${key}`, value);
  } catch {
    // Forbidden or full: the page works without.
  }
}
