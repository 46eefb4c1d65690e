import {lazy, Suspense} from 'react';
import type {EditorProps} from './editor.tsx';

const Editor = lazy(() => import('./editor.tsx').then((module) => ({default: module.Editor})));
const ROOM = 10;

/** The editor, fetched by itself, so that nothing else waits for it; its place is as high as it will be. */
export function LazyEditor(props: EditorProps) {
  return (
    <Suspense fallback={<div style={{minHeight: Math.ceil(props.lines * 19.5) + ROOM}} />}>
      <Editor {...props} />
    </Suspense>
  );
}
