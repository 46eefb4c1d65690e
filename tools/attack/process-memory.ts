/** Resident memory of a process, from Linux's /proc; elsewhere every figure is undefined. */
import {readFileSync, writeFileSync} from 'node:fs';

export interface ProcessMemory {
  readonly nowMib: number;
  /** The highest since `resetPeak`. */
  readonly peakMib: number;
}

export function processMemory(pid: number): ProcessMemory | undefined {
  let status: string;
  try {
    status = readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return undefined;
  }
  const mib = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0) / 1024;
  return {nowMib: mib('VmRSS'), peakMib: mib('VmHWM')};
}

/** The peak is counted from here (proc(5), clear_refs). */
export function resetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // not Linux, or not permitted: the peak is then that since its start
  }
}
