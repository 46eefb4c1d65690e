/** True where `text` contains every word of `find`, in any order and case; the blank `find` fits everything. */
export function fitsWords(find: string): (text: string) => boolean {
  const words = find.toLowerCase().split(/\s+/).filter(Boolean);
  return (text) => {
    const lower = text.toLowerCase();
    return words.every((word) => lower.includes(word));
  };
}
