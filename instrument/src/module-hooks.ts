import {register as registerAsync} from 'node:module';
import {register, supportsSyncHooks} from 'import-in-the-middle/register-hooks.mjs';

/** Lets instrumentations patch ES modules too. In-thread hooks where Node has them right, its loader thread elsewhere. */
export function hookModules(): void {
  if (supportsSyncHooks()) register();
  else registerAsync('import-in-the-middle/hook.mjs', import.meta.url);
}
