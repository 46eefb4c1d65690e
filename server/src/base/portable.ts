/** The part of this folder that runs in a browser too. The page's build takes it in place of `index.ts`. */
export {bug} from './errors.ts';
export {goEscapes} from './go-escapes.ts';
export {goDuration, goFloatText} from './go-number.ts';
export {prometheusMillis, prometheusUnits} from './prometheus-duration.ts';
export {type Compiled, foundToken, pointAt, SyntaxFault, type TextFault} from './text-fault.ts';
export {parseDuration} from './time.ts';
export {type AnyToken, TokenCursor} from './token-cursor.ts';
