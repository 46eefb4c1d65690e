import type {Term} from '../../urls/index.ts';

/** A condition as it stands in the query field, and in every button that takes it out. */
export const conditionText = ({field, op, value}: Term, visible: (name: string) => string): string =>
  `${visible(field)} ${op} ${visible(value)}`;
