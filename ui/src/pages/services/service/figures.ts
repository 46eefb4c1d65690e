/** Figures of the service and of its operations, each beside the other time's. */
import type {OperationRed, OperationsRedResponse} from '../../../api/index.ts';
import {type ComparedService, figuresOf} from '../compare-services.ts';
import {coveredSeconds} from '../covered-time.ts';

export interface ComparedOperation extends ComparedService {
  readonly id: string;
  readonly kind: OperationRed['kind'];
  readonly series: OperationRed['series'];
}

/** `other`: the same of another version. Undefined `before` where the other time has nothing at all to compare with. */
export function comparedService(red: OperationsRedResponse, other: OperationsRedResponse | undefined): ComparedService {
  const {service} = red;
  const before = other === undefined ? service?.baseline : other.service;
  return {
    name: '',
    now: service === undefined ? undefined : figuresOf(service, coveredSeconds(red)),
    before: before === undefined || before.requests === 0 ? undefined : figuresOf(before, secondsOf(red, other)),
  };
}

/** Requests to the service, or with `all` what it did within and outwards too. Those that were there then only come with `other`. */
export function comparedOperations(
  red: OperationsRedResponse,
  other: OperationsRedResponse | undefined,
  all: boolean,
): readonly ComparedOperation[] {
  const then = new Map(other?.operations.map((one) => [idOf(one), one]));
  const [now, before] = [coveredSeconds(red), secondsOf(red, other)];
  return red.operations
    .filter(({kind}) => all || isRequest(kind))
    .map((one): ComparedOperation => {
      const past = other === undefined ? one.baseline : then.get(idOf(one));
      const is = one.requests > 0 ? figuresOf(one, now) : undefined;
      const was = past == null ? undefined : figuresOf(past, before);
      return {id: idOf(one), name: one.name, kind: one.kind, series: one.series, now: is, before: was};
    });
}

export const idOf = ({name, kind}: {readonly name: string; readonly kind: string}): string => `${kind} ${name}`;
export const isRequest = (kind: string): boolean => kind === 'server' || kind === 'consumer';

const secondsOf = (red: OperationsRedResponse, other: OperationsRedResponse | undefined): number =>
  coveredSeconds(other ?? red.baseline ?? red);
