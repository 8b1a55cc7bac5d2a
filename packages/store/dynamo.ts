import { setTimeout as pause } from 'node:timers/promises';
import { type DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { PlumblineError } from '@plumbline/core/errors';
import type { Key, Span } from './keys.ts';

/** What DynamoDB allows in one request. */
export const TRANSACTION_ITEMS = 100;
const BATCH_GET_ITEMS = 100;
const BATCH_WRITE_ITEMS = 25;

const TRIES = 8;
const FIRST_PAUSE_MS = 5;

export type Item = Record<string, unknown>;
type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** An operation of a transaction or a batch, without the table's name. */
export type Condition = { if: string; names?: Record<string, string>; values?: Record<string, unknown> };
export type Write =
  | { put: Item; condition?: Condition }
  | { update: Key; set: Record<string, unknown>; condition?: Condition }
  | { check: Key; condition: Condition };

export const isNew: Condition = { if: 'attribute_not_exists(pk)' };
export const isThere: Condition = { if: 'attribute_exists(pk)' };

/** An attempt found that somebody else wrote meanwhile: read anew and try once more. */
export const AGAIN = Symbol('again');

/** Reasons of a refused transaction that reading anew may cure; with any other reason the refusal is an error of ours. */
const CURABLE = new Set([
  'None',
  'ConditionalCheckFailed',
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
]);

const wait = (tries: number): Promise<void> => pause(Math.random() * FIRST_PAUSE_MS * 2 ** tries);

/** Runs an optimistic attempt until it holds. Throws PlumblineError `conflict` (worth trying later) after 8 tries. */
export async function untilItHolds<T>(what: string, attempt: () => Promise<T | typeof AGAIN>): Promise<T> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    if (tries > 0) await wait(tries);
    const outcome = await attempt();
    if (outcome !== AGAIN) return outcome;
  }
  throw new PlumblineError('conflict', `${what} was changed by others ${TRIES} times while being written; try again`, {
    retryable: true,
  });
}

export function* chunked<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

/** The table with the chores done: paging to the end, unprocessed parts tried again, consistent reads. */
export type Table = ReturnType<typeof openTable>;

export function openTable(client: DynamoDBClient, name: string) {
  const doc = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });

  async function* pages(
    span: Span,
    options: { index?: string; project?: string; reverse?: boolean; limit?: number } = {},
  ): AsyncGenerator<Item[]> {
    const [pk, sk] = options.index === undefined ? ['pk', 'sk'] : ['gpk', 'gsk'];
    let left = options.limit ?? Infinity;
    let start: QueryCommandInput['ExclusiveStartKey'];
    do {
      const page = await doc.send(
        new QueryCommand({
          TableName: name,
          IndexName: options.index,
          ConsistentRead: options.index === undefined,
          KeyConditionExpression: `${pk} = :pk AND ${sk} BETWEEN :from AND :to`,
          ExpressionAttributeValues: { ':pk': span.pk, ':from': span.from, ':to': span.to },
          ProjectionExpression: options.project,
          ScanIndexForward: options.reverse !== true,
          Limit: Number.isFinite(left) ? left : undefined,
          ExclusiveStartKey: start,
        }),
      );
      const items = page.Items ?? [];
      left -= items.length;
      yield items;
      start = page.LastEvaluatedKey;
    } while (start !== undefined && left > 0);
  }

  async function query(span: Span, options: Parameters<typeof pages>[1] = {}): Promise<Item[]> {
    if (span.to < span.from) return [];
    const items: Item[] = [];
    for await (const page of pages(span, options)) items.push(...page);
    return items;
  }

  async function get(key: Key): Promise<Item | undefined> {
    const answer = await doc.send(new GetCommand({ TableName: name, Key: key, ConsistentRead: true }));
    return answer.Item;
  }

  /** The items that are there, in no particular order. */
  async function getAll(wanted: readonly Key[]): Promise<Item[]> {
    const items: Item[] = [];
    for (const chunk of chunked(wanted, BATCH_GET_ITEMS)) {
      let left: Item[] = chunk;
      for (let tries = 0; left.length > 0; tries += 1) {
        if (tries > 0) await wait(Math.min(tries, TRIES));
        const answer = await doc.send(
          new BatchGetCommand({ RequestItems: { [name]: { Keys: left, ConsistentRead: true } } }),
        );
        items.push(...(answer.Responses?.[name] ?? []));
        left = answer.UnprocessedKeys?.[name]?.Keys ?? [];
      }
    }
    return items;
  }

  /** Puts and deletes, in no order and each for itself. */
  async function batch(writes: readonly ({ put: Item } | { remove: Key })[]): Promise<void> {
    for (const chunk of chunked(writes, BATCH_WRITE_ITEMS)) {
      let left = chunk.map((write) =>
        'put' in write ? { PutRequest: { Item: write.put } } : { DeleteRequest: { Key: write.remove } },
      );
      for (let tries = 0; left.length > 0; tries += 1) {
        if (tries > 0) await wait(Math.min(tries, TRIES));
        const answer = await doc.send(new BatchWriteCommand({ RequestItems: { [name]: left } }));
        left = (answer.UnprocessedItems?.[name] ?? []) as typeof left;
      }
    }
  }

  function toTransactItem(write: Write): TransactItem {
    const condition = {
      TableName: name,
      ConditionExpression: write.condition?.if,
      ExpressionAttributeNames: write.condition?.names,
      ExpressionAttributeValues: write.condition?.values,
    };
    if ('put' in write) return { Put: { ...condition, Item: write.put } };
    if ('check' in write) {
      return { ConditionCheck: { ...condition, Key: write.check, ConditionExpression: write.condition.if } };
    }
    const set = Object.entries(write.set);
    return {
      Update: {
        ...condition,
        Key: write.update,
        UpdateExpression: `SET ${set.map((_, index) => `#set${index} = :set${index}`).join(', ')}`,
        ExpressionAttributeNames: {
          ...write.condition?.names,
          ...Object.fromEntries(set.map(([attribute], index) => [`#set${index}`, attribute])),
        },
        ExpressionAttributeValues: {
          ...write.condition?.values,
          ...Object.fromEntries(set.map(([, value], index) => [`:set${index}`, value])),
        },
      },
    };
  }

  /**
   * All of it or nothing, at most 100 items. Answers which conditions failed, by their places; none where a mere clash with another
   * writer stood in the way; undefined when it is done.
   */
  async function transact(writes: readonly Write[]): Promise<{ failed: number[] } | undefined> {
    try {
      await doc.send(new TransactWriteCommand({ TransactItems: writes.map(toTransactItem) }));
      return undefined;
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const codes = (error.CancellationReasons ?? []).map((reason) => reason.Code ?? 'None');
      if (codes.length === 0 || !codes.every((code) => CURABLE.has(code))) throw error;
      return { failed: codes.flatMap((code, index) => (code === 'ConditionalCheckFailed' ? [index] : [])) };
    }
  }

  return { get, getAll, pages, query, batch, transact };
}
