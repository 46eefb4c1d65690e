export {toForm} from './to-form.ts';
export {toTraceql} from './to-traceql.ts';
export {TraceqlExplore} from './traceql-explore.tsx';
