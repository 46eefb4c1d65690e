/** The context that a request's headers give: the tenant, and what `include_metadata` passes on. */
import type {IncomingHttpHeaders} from 'node:http';
import {defaultTenant, PermanentError, parseTenant, type TenantId} from '../base/index.ts';
import type {Client, ConsumeContext} from '../model/index.ts';

/** Throws PermanentError where the tenant's name is none. */
export function contextOf(headers: IncomingHttpHeaders, includeMetadata: boolean, client?: Client): ConsumeContext {
  const tenant = tenantOf(headers['x-scope-orgid']);
  const sender = client === undefined ? {tenant} : {tenant, client};
  if (!includeMetadata) return sender;
  const metadata = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !name.startsWith(':')) metadata.set(name, [value].flat());
  }
  return {...sender, metadata};
}

function tenantOf(header: string | readonly string[] | undefined): TenantId {
  if (header === undefined || header === '') return defaultTenant;
  const tenant = parseTenant(String(header));
  if (tenant !== undefined) return tenant;
  const rule = "1 to 150 letters, digits and !-_.*'(), neither `.` nor `..`";
  throw new PermanentError('bad_tenant', `X-Scope-OrgID is not a tenant's name (${rule})`);
}
