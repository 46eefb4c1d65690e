export {rejectedFolder} from './segment.ts';
export {createSpool, type Spool, type SpoolOptions, type SpoolStatus} from './spool.ts';
