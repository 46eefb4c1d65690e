/**
 * Memory that the API holds for its clients, counted in the bound of the whole process: bodies while they are read, answers
 * until they are written.
 */
import type {FastifyInstance, FastifyRequest} from 'fastify';
import {type Admission, BodyBuffer, type Lease} from '../net/index.ts';
import {ApiFailure} from './errors.ts';

/** Clients post `{}` or nothing to addresses that read no body. */
const unreadBody = 4096;
/** Smaller answers are not counted: a connection costs about as much. */
const smallAnswer = 64 * 1024;

export interface RequestMemory {
  /** Counts what an answer holds until its last byte is written. Throws RetryableError where there is no room for it now. */
  answer(request: FastifyRequest, bytes: number): void;
}

/** Reads every body as bytes, whatever its type, up to the route's `maxBodyBytes`. */
export function countMemory(app: FastifyInstance, admission: Admission, shareBytes: number): RequestMemory {
  const leases = new WeakMap<FastifyRequest, Lease>();
  const leaseOf = (request: FastifyRequest): Lease => {
    const known = leases.get(request);
    if (known !== undefined) return known;
    const lease = admission.open();
    leases.set(request, lease);
    request.raw.socket.once('close', lease.close);
    return lease;
  };
  const give = (request: FastifyRequest): void => {
    const lease = leases.get(request);
    if (lease === undefined) return;
    lease.close();
    request.raw.socket.off('close', lease.close);
  };
  app.addHook('onResponse', async (request) => give(request));

  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', async (request: FastifyRequest, payload: NodeJS.ReadableStream) => {
    const limit = request.routeOptions.config.maxBodyBytes ?? unreadBody;
    const tooLarge = (): ApiFailure => new ApiFailure('body_large', {limit});
    const length = Number(request.headers['content-length'] ?? Number.NaN);
    if (length > limit) throw tooLarge();
    const body = new BodyBuffer(leaseOf(request), Number.isNaN(length) ? undefined : length);
    try {
      for await (const chunk of payload) {
        if (body.length + chunk.length > limit) throw tooLarge();
        body.push(chunk as Buffer);
      }
    } catch (error) {
      body.drop();
      throw error;
    }
    return body.take();
  });
  return {
    answer(request, bytes) {
      // One that takes the whole share can still be given, if nothing else is.
      if (bytes >= smallAnswer) leaseOf(request).take(Math.min(bytes, shareBytes));
    },
  };
}
