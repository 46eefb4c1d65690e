/**
 * Names in snake and camel case, cut where the Collector's functions cut them: only ASCII letters have a case, and every separator
 * counts.
 */

/** `ParseHTTPUrl v2` is `parse_http_url_v_2`. */
export const snakeCase = (name: string): string =>
  name
    .trim()
    .replace(/[A-Z](?=[A-Z][a-z])|[a-z](?=[A-Z0-9])|[A-Z](?=[0-9])|[0-9](?=[A-Za-z])/g, '$&_')
    .replace(/[ .-]/g, '_')
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** `my_HTTP-metric 2nd` is `MyHttpMetric2Nd`. Other signs go; letters beyond ASCII stay. */
export function camelCase(name: string): string {
  let result = '';
  let [isFirst, isAfterCapital] = [true, false];
  for (const char of name.trim()) {
    const isCapital = char >= 'A' && char <= 'Z';
    if (isFirst) result += /[a-z]/.test(char) ? char.toUpperCase() : kept(char);
    else result += isAfterCapital && isCapital ? char.toLowerCase() : kept(char);
    if (/\p{L}/u.test(char)) isFirst = false;
    else isFirst = /[\d_ .-]/.test(char);
    isAfterCapital = isCapital;
  }
  return result;
}

const kept = (char: string): string => (/[\p{L}\p{M}\d]/u.test(char) ? char : '');
