import {IconCheck} from '@tabler/icons-react';
import {useEffect, useState} from 'react';
import classes from './notice.module.css';

const SHOWN_FOR = 2_500;

/** A few words at the edge of the page, read out as well, that go by themselves. Give each its own key. */
export function Notice({text}: {readonly text: string}) {
  const [gone, setGone] = useState(text === '');
  useEffect(() => {
    const timer = setTimeout(() => setGone(true), SHOWN_FOR);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div role="status" className={classes.place}>
      {!gone && (
        <span className={classes.notice}>
          <IconCheck size={15} aria-hidden="true" />
          {text}
        </span>
      )}
    </div>
  );
}
