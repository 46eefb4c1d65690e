export {createSpool, type Spool, type SpoolStatus} from './spool.ts';
