import {useDebouncedValue} from '@mantine/hooks';
import {useQuery} from '@tanstack/react-query';
import {queries} from '../../api/index.ts';
import {attributeBy} from '../../urls/index.ts';
import {draftOf, type Known, type Suggestion, suggest, wantedFor} from './completion.ts';

const ENVIRONMENT = 'deployment.environment.name';

/** What could be written next, by what has really arrived. Nothing is asked while the list is not `open`. */
export function useCompletion(draft: string, service: string | undefined, open: boolean): readonly Suggestion[] {
  const wanted = wantedFor(draft);
  const attribute = wanted.kind === 'attribute' ? wanted : undefined;
  const environments = wanted.kind === 'environments';
  const [prefix] = useDebouncedValue(attribute?.prefix ?? '', 120);
  const keys = useQuery({
    ...queries.attributeKeys(service),
    enabled: open && (wanted.kind === 'keys' || wanted.kind === 'having'),
  });
  const values = useQuery({
    ...queries.attributeValues(attribute?.key ?? ENVIRONMENT, service, prefix),
    enabled: open && (attribute !== undefined || environments),
  });
  const services = useQuery({...queries.services(), enabled: open && wanted.kind === 'services'});
  const operations = useQuery({
    ...queries.operations(service ?? ''),
    enabled: open && wanted.kind === 'operations' && service !== undefined,
  });
  const words = wanted.kind === 'keys' ? draftOf(draft).rest.trim() : wanted.kind === 'operations' ? wanted.prefix : '';
  const [name] = useDebouncedValue(words, 120);
  // One letter of a key is no name yet; that of an operation begins one.
  const isNamed = name.length > 1 || (wanted.kind === 'operations' && service === undefined);
  const found = useQuery({...queries.find(name), enabled: open && isNamed});
  const known: Known = {
    named: [
      ...(found.data?.operations ?? []).map((one) => ({...one, field: 'operation' as const, value: one.name})),
      ...(found.data?.services ?? []).map((one) => ({...one, field: 'service' as const, value: one.name})),
    ].filter((one, index, all) => all.findIndex((other) => sameName(one, other)) === index),
    keys: keys.data?.keys ?? [],
    values:
      attribute !== undefined || environments
        ? (values.data?.values ?? [])
        : wanted.kind === 'services'
          ? (services.data?.services ?? []).map(({name, spans}) => ({value: name, spans}))
          : wanted.kind === 'having'
            ? having(keys.data?.keys ?? [])
            : wanted.kind === 'operations'
              ? sumByName((service === undefined ? found.data : operations.data)?.operations ?? [])
              : [],
  };
  return open ? suggest(draft, known) : [];
}

/** What not every span has, in the words of the condition: each key once. */
function having(keys: readonly {readonly key: string; readonly spans: number}[]): Known['values'] {
  const named = new Map(keys.map(({key, spans}) => [attributeBy(key), spans]));
  return [{value: 'environment'}, {value: 'version'}, ...[...named].map(([value, spans]) => ({value, spans}))];
}

const sameName = (a: {field: string; value: string}, b: {field: string; value: string}): boolean =>
  a.field === b.field && a.value === b.value;

/** An operation that was seen as several kinds is one name. */
function sumByName(operations: readonly {readonly name: string; readonly spans: number}[]) {
  const sums = new Map<string, number>();
  for (const {name, spans} of operations) sums.set(name, (sums.get(name) ?? 0) + spans);
  return [...sums].map(([value, spans]) => ({value, spans}));
}
