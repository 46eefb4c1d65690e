/**
 * Puts a text on the clipboard, also one that is still to come: the browser then wants to know of it within the click. Pages
 * served over plain HTTP from another host have no clipboard API: a hidden field serves there.
 */
export async function copyText(value: string | Promise<string>): Promise<void> {
  if (navigator.clipboard === undefined) return copyByField(await value);
  if (typeof value === 'string') return navigator.clipboard.writeText(value);
  const blob = value.then((text) => new Blob([text], {type: 'text/plain'}));
  return navigator.clipboard.write([new ClipboardItem({'text/plain': blob})]);
}

function copyByField(value: string): void {
  const field = document.createElement('textarea');
  field.value = value;
  field.style.position = 'fixed';
  field.style.opacity = '0';
  document.body.append(field);
  field.select();
  document.execCommand('copy');
  field.remove();
}
