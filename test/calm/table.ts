import type { Condition, Item, Table, Write } from '@plumbline/store/dynamo';

type Key = { pk: string; sk: string };
type Span = Parameters<Table['query']>[0];
type Asked = NonNullable<Parameters<Table['query']>[1]>;

/**
 * A table in this process's memory that keeps the promises of the one on DynamoDB, many times as fast: a history asks thousands of
 * questions. The store's contract is held against it too.
 */
export function tableInMemory(): Table {
  const partitions = new Map<string, Map<string, Item>>();
  const find = ({ pk, sk }: Key): Item | undefined => partitions.get(pk)?.get(sk);
  const put = (item: Item): void => {
    const pk = String(item['pk']);
    const partition = partitions.get(pk) ?? new Map<string, Item>();
    partitions.set(pk, partition.set(String(item['sk']), defined(item)));
  };
  const keyOf = (write: Write): Key =>
    'put' in write
      ? { pk: String(write.put['pk']), sk: String(write.put['sk']) }
      : 'update' in write
        ? write.update
        : write.check;
  const query = async (span: Span, { index, reverse, limit }: Asked = {}): Promise<Item[]> => {
    const items =
      index === undefined
        ? [...(partitions.get(span.pk)?.entries() ?? [])]
        : [...partitions.values()].flatMap((partition) =>
            [...partition.values()].flatMap((item): [string, Item][] =>
              item['gpk'] === span.pk ? [[String(item['gsk']), item]] : [],
            ),
          );
    const found = items
      .filter(([sk]) => sk >= span.from && sk <= span.to)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([, item]) => ({ ...item }));
    return (reverse === true ? found.toReversed() : found).slice(0, limit);
  };
  return {
    get: async (key) => copyOf(find(key)),
    getAll: async (wanted) => wanted.map((key) => copyOf(find(key))).filter((item) => item !== undefined),
    query,
    async *pages(span, options) {
      yield await query(span, options);
    },
    batch: async (writes) => {
      for (const write of writes) {
        if ('put' in write) put(write.put);
        else partitions.get(write.remove.pk)?.delete(write.remove.sk);
      }
    },
    transact: async (writes) => {
      const failed = writes.flatMap((write, place) => (holds(write.condition, find(keyOf(write))) ? [] : [place]));
      if (failed.length > 0) return { failed };
      for (const write of writes) {
        if ('put' in write) put(write.put);
        if ('update' in write) put({ ...write.update, ...find(write.update), ...write.set });
      }
      return undefined;
    },
  };
}

const copyOf = (item: Item | undefined): Item | undefined => item && { ...item };

/** What DynamoDB would keep of it: nothing that is undefined, and no hold on what was handed over. */
const defined = (item: Item): Item =>
  structuredClone(Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined)));

/** The few words of DynamoDB's language of conditions that the store uses. Throws for any other. */
function holds(condition: Condition | undefined, item: Item | undefined): boolean {
  if (!condition) return true;
  const tokens = condition.if.match(/[()]|<=|<|=|[:#\w.]+/g) ?? [];
  const attribute = (path: string): unknown =>
    path
      .split('.')
      .map((name) => condition.names?.[name] ?? name)
      .reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), item);
  const operand = (word: string): unknown => (word.startsWith(':') ? condition.values?.[word] : attribute(word));
  const one = (): boolean => {
    const word = tokens.shift() ?? '';
    if (word === '(') {
      const inner = any();
      tokens.shift();
      return inner;
    }
    if (word === 'attribute_exists' || word === 'attribute_not_exists') {
      const [, path = ''] = tokens.splice(0, 3);
      return (attribute(path) !== undefined) === (word === 'attribute_exists');
    }
    const [comparison, other = ''] = tokens.splice(0, 2);
    const [left, right] = [operand(word), operand(other)];
    if (comparison === '=') return left !== undefined && left === right;
    if (typeof left !== typeof right || (typeof left !== 'number' && typeof left !== 'string')) return false;
    if (comparison === '<=') return left <= (right as typeof left);
    if (comparison === '<') return left < (right as typeof left);
    throw new Error(`the condition "${condition.if}" is not known here`);
  };
  const all = (): boolean => {
    let held = one();
    while (tokens[0] === 'AND') {
      tokens.shift();
      held = one() && held;
    }
    return held;
  };
  const any = (): boolean => {
    let held = all();
    while (tokens[0] === 'OR') {
      tokens.shift();
      held = all() || held;
    }
    return held;
  };
  return any();
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
