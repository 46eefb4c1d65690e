/** Numbers of tenants, for keys of traces. A tenant without traces may be forgotten, and has another number when it comes again. */
import type {TenantId} from '../base/index.ts';

const maxTenants = 10_000;

export interface Tenant {
  readonly id: TenantId;
  readonly number: number;
  /** Its traces that wait. */
  traces: number;
}

export class Tenants {
  readonly #byId = new Map<TenantId, Tenant>();
  readonly #byNumber = new Map<number, Tenant>();
  #next = 0;

  of(id: TenantId): Tenant {
    let tenant = this.#byId.get(id);
    if (tenant === undefined) {
      if (this.#byId.size >= maxTenants) this.#forget();
      tenant = {id, number: this.#next++, traces: 0};
      this.#byId.set(id, tenant);
      this.#byNumber.set(tenant.number, tenant);
    }
    return tenant;
  }

  numbered(number: number): Tenant {
    return this.#byNumber.get(number) as Tenant;
  }

  #forget(): void {
    for (const tenant of this.#byId.values()) {
      if (tenant.traces > 0) continue;
      this.#byId.delete(tenant.id);
      this.#byNumber.delete(tenant.number);
    }
  }
}
