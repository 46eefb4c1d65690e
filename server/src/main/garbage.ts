import {setFlagsFromString} from 'node:v8';

/**
 * Lets V8 collect garbage by what its heap holds in all. As it comes, every 32 MiB of buffers ask for a collection; at full
 * load sockets alone make as many every second, and marking the whole heap each time costs more than decoding does.
 * Buffers may so grow to four times what the last collection left, not more.
 */
export function collectGarbageBySize(): void {
  setFlagsFromString('--external-memory-accounted-in-global-limit');
  setFlagsFromString('--external-memory-max-growing-factor=4');
}
