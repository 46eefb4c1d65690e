/** The table of attacks. To add one: write it in an `attack-*.ts` and name it here; the command and the tests follow. */
import type {Attack} from './attack.ts';
import {apiBodies, slowSenders, smallBombs} from './attack-bodies.ts';
import {rapidReset, unknownMethods} from './attack-http2-floods.ts';
import {grpcFrames, httpChunks} from './attack-small-pieces.ts';
import {datagrams, slowSpans, spanBombs} from './attack-spans.ts';
import {clockStep, damagedSpool, partitionBomb, poison, stoppedEngine} from './attack-store.ts';
import {slowReaders, unreadCalls} from './attack-unread-answers.ts';

export const attacks: readonly Attack[] = [
  httpChunks,
  grpcFrames,
  rapidReset,
  unknownMethods,
  apiBodies,
  smallBombs,
  slowSenders,
  spanBombs,
  datagrams,
  slowSpans,
  slowReaders,
  unreadCalls,
  poison,
  partitionBomb,
  damagedSpool,
  clockStep,
  stoppedEngine,
];
