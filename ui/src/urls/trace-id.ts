/** The id in an address, as Weft takes it: of 1 to 32 hex digits, zeros in front left out, also with the dashes of a UUID. */
export function readTracePath(text: string): string | undefined {
  const digits = text.trim().replaceAll('-', '').toLowerCase();
  return /^[0-9a-f]{1,32}$/.test(digits) && !/^0+$/.test(digits) ? digits.padStart(32, '0') : undefined;
}

/** A trace id in any clothing: 16 or 32 hex digits, upper case, dashes, spaces around. Undefined when it is something else. */
export function readTraceId(text: string): string | undefined {
  const digits = text.trim().replaceAll('-', '').toLowerCase();
  return /^[0-9a-f]{32}$|^[0-9a-f]{16}$/.test(digits) && !/^0+$/.test(digits) ? digits.padStart(32, '0') : undefined;
}
