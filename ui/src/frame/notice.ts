import {createContext, use} from 'react';

/** Says something in passing, at the edge of the page, for a moment: that a link was copied. */
export type Say = (text: string) => void;

export const NoticeContext = createContext<Say>(() => undefined);
export const useSay = (): Say => use(NoticeContext);
