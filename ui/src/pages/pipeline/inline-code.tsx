import {Fragment} from 'react';

/** A sentence of the reference, in which names stand between backticks. */
export function InlineCode({children}: {readonly children: string}) {
  return children.split('`').map((part, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text, which never move
    index % 2 === 1 ? <code key={index}>{part}</code> : <Fragment key={index}>{part}</Fragment>,
  );
}
