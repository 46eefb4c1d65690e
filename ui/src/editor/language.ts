/** What an editor knows of the language that is written in it. Each function takes any text, however faulty. */
export interface EditorLanguage {
  readonly marks: (text: string) => readonly Marked[];
  /** Every fault, with the word that it belongs to. */
  readonly faults: (text: string) => readonly EditorFault[];
  /** What could stand at `place`. `asked`: by the keys that ask for it, not by typing. */
  readonly complete: (text: string, place: number, asked: boolean, signal: AbortSignal) => Promise<Offered | undefined>;
}

/** The classes that `theme.ts` paints. */
export type Mark = 'name' | 'intrinsic' | 'function' | 'keyword' | 'string' | 'number' | 'sign' | 'comment';

export interface Marked {
  readonly at: number;
  readonly end: number;
  readonly mark: Mark | undefined;
}

export interface EditorFault {
  readonly at: number;
  readonly end: number;
  readonly message: string;
}

/** Takes the place of what stands between `from` and the cursor. */
export interface Offered {
  readonly from: number;
  readonly options: readonly Option[];
}

export interface Option {
  readonly label: string;
  /** What is written where it is not the label. */
  readonly text?: string | undefined;
  /** Where the cursor stands in `text` afterwards; its end where not given. */
  readonly cursor?: number | undefined;
  /** A few words beside it. */
  readonly detail?: string | undefined;
  /** Heading under which it stands. */
  readonly group?: string | undefined;
  /** A name is followed by something: the list opens again. */
  readonly goesOn?: boolean | undefined;
}
