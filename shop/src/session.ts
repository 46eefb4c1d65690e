/** A shopper's session: a signed token that the gateway gives out and checks. */
import {createHmac, timingSafeEqual} from 'node:crypto';
import {ShopError} from './errors.ts';

export interface Visitor {
  readonly tenant: string;
  readonly customer: string;
  readonly tier: string;
}

export const tenants = ['acme', 'globex', 'initech', 'umbrella'] as const;
export const tiers = ['free', 'silver', 'gold'] as const;

const signature = (secret: string, payload: string): string =>
  createHmac('sha256', secret).update(payload).digest('base64url');

export function signSession(secret: string, visitor: Visitor): string {
  const payload = Buffer.from(JSON.stringify(visitor)).toString('base64url');
  return `${payload}.${signature(secret, payload)}`;
}

/** The visitor of an `Authorization: Bearer …` header; throws `unauthorized` when it is absent or not ours. */
export function readSession(secret: string, authorization: string | undefined): Visitor {
  const [payload, given] = (authorization?.replace(/^Bearer /, '') ?? '').split('.');
  if (payload === undefined || given === undefined) throw new ShopError('unauthorized', 'a session is needed');
  const expected = Buffer.from(signature(secret, payload));
  const received = Buffer.from(given);
  if (expected.length !== received.length || !timingSafeEqual(expected, received)) {
    throw new ShopError('unauthorized', 'the session is not valid');
  }
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Visitor;
}
