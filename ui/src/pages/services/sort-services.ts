import type {ServiceRed} from '../../api/index.ts';
import type {ServiceColumn} from '../../urls/index.ts';

export const errorShare = (service: ServiceRed): number =>
  service.requests === 0 ? 0 : service.errors / service.requests;

const values = {
  name: (service) => service.name,
  rate: (service) => service.requests,
  errors: errorShare,
  p50: (service) => service.p50,
  p95: (service) => service.p95,
  p99: (service) => service.p99,
} satisfies Record<ServiceColumn, (service: ServiceRed) => number | string>;

/** Equal ones by name. */
export function sortServices(services: readonly ServiceRed[], column: ServiceColumn, up: boolean): ServiceRed[] {
  const value: (service: ServiceRed) => number | string = values[column];
  const sign = up ? 1 : -1;
  return services.toSorted((a, b) => {
    const [left, right] = [value(a), value(b)];
    return (left < right ? -sign : left > right ? sign : 0) || (a.name < b.name ? -1 : 1);
  });
}
