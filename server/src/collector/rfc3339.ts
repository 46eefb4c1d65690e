/** Times as RFC 3339 has them, to the second, in a zone of the IANA database. */

/** A formatter for the zone (`UTC`, `America/New_York`, `Local`, empty for UTC); undefined where there is no such zone. */
export function rfc3339In(zone: string): ((milliseconds: number) => string) | undefined {
  const parts = partsIn(zone);
  if (parts === undefined) return undefined;
  return (milliseconds) => {
    const seconds = Math.floor(milliseconds / 1000) * 1000;
    const {year, month, day, hour, minute, second} = parts(seconds);
    const local = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
    const offset = (local - seconds) / 60_000;
    return `${year}-${month}-${day}T${hour}:${minute}:${second}${offsetText(offset)}`;
  };
}

type Parts = Readonly<Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', string>>;

function partsIn(zone: string): ((milliseconds: number) => Parts) | undefined {
  const timeZone = zone === 'Local' ? undefined : zone === '' ? 'UTC' : zone;
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      ...(timeZone !== undefined && {timeZone}),
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    return (milliseconds) =>
      Object.fromEntries(format.formatToParts(milliseconds).map(({type, value}) => [type, value])) as Parts;
  } catch {
    return undefined;
  }
}

function offsetText(minutes: number): string {
  if (minutes === 0) return 'Z';
  const two = (value: number): string => String(value).padStart(2, '0');
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
