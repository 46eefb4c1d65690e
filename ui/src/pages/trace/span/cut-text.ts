/** Where to cut a text that is shown in part: its length where all of it is within both limits. No character is cut in two. */
export function cutAt(text: string, most: {readonly lines: number; readonly characters: number}): number {
  let end = -1;
  for (let line = 0; line < most.lines; line++) {
    end = text.indexOf('\n', end + 1);
    if (end < 0 || end > most.characters) break;
  }
  if (end < 0) end = text.length;
  if (end <= most.characters) return end;
  const last = text.charCodeAt(most.characters - 1);
  return last >= 0xd800 && last < 0xdc00 ? most.characters - 1 : most.characters;
}
