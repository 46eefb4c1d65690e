/** bcrypt's hashes, as `htpasswd -B` writes them. */
import {compare} from 'bcryptjs';

const pattern = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
/** Above it one password costs more than a second. */
const maxCost = 14;
/** bcrypt looks at no more of a password. */
const maxPasswordBytes = 72;

/** Why the hash cannot be used; undefined where it can. */
export function bcryptFault(hash: string): string | undefined {
  const cost = Number(pattern.exec(hash)?.[1] ?? Number.NaN);
  if (Number.isNaN(cost) || cost < 4) return 'is no bcrypt hash';
  return cost > maxCost ? `has a cost of ${cost}; at most ${maxCost} is taken` : undefined;
}

/** Whether the password has this hash; others have their turn meanwhile. */
export const bcryptFits = async (password: string, hash: string): Promise<boolean> =>
  Buffer.byteLength(password) <= maxPasswordBytes && (await compare(password, hash));
