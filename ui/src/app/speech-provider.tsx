import {type ReactNode, useEffect, useMemo, useState} from 'react';
import {createFormat} from '../format/index.ts';
import {type Language, loadUsed, localeOf, type ShellText, SpeechContext, shellText} from '../i18n/index.ts';
import {remember} from '../theme/index.ts';

interface Spoken {
  readonly language: Language;
  readonly text: ShellText;
}

/** Gives the page its language and lets a reader change it; the old one stays on show until the new one is here. */
export function SpeechProvider({first, children}: {readonly first: Spoken; readonly children: ReactNode}) {
  const [spoken, setSpoken] = useState(first);
  useEffect(() => {
    document.documentElement.lang = spoken.language;
  }, [spoken.language]);
  const speech = useMemo(
    () => ({
      ...spoken,
      format: createFormat(localeOf(spoken.language, navigator.languages)),
      speak: (language: Language): void => {
        remember('language', language);
        void Promise.all([shellText.load(language), loadUsed(language)]).then(([text]) => setSpoken({language, text}));
      },
    }),
    [spoken],
  );
  return <SpeechContext value={speech}>{children}</SpeechContext>;
}
