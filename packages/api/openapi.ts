import { z } from 'zod';
import type { Route } from './routes.ts';
import { recordsAnswer, recordsProblem, sentRecords } from './record-schemas.ts';
import { recordsPath } from './records.ts';
import { problemAnswer } from './schemas.ts';

/** JSON Schema 2020-12, which is what OpenAPI 3.1 takes; `input`, since an answer is read by its receiver. */
function schemaOf(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return rest;
}

function pathParameters(path: string) {
  const about: Record<string, string> = {
    workspace: 'Id of a workspace',
    day: "A calendar day in the workspace's time zone, such as 2026-02-12",
    metric: 'Id of a metric',
    review: 'Id of a review of the plan',
  };
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    description: about[name],
    schema: { type: 'string', ...(name === 'day' ? { format: 'date' } : {}) },
  }));
}

const queryParameters = (query: z.ZodObject) =>
  Object.entries(query.shape).map(([name, schema]) => {
    const { description, ...rest } = schemaOf(schema as z.ZodType);
    return { name, in: 'query', required: false, description, schema: rest };
  });

const headers = { ETag: { description: 'Send it back as If-None-Match', schema: { type: 'string' } } };
const problem = (description: string, name = 'Problem') => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: `#/components/schemas/${name}` } } },
});

type Described = Pick<Route, 'path' | 'summary' | 'query' | 'answer' | 'csv'>;

const operation = ({ path, summary, query, answer, csv }: Described) => ({
  get: {
    operationId: `get_${path.replaceAll(/[^a-z]+/g, '_').replaceAll(/^_|_$/g, '')}`,
    summary,
    parameters: [...pathParameters(path), ...queryParameters(query)],
    responses: {
      '200': {
        description: summary,
        headers,
        content: {
          'application/json': { schema: schemaOf(answer) },
          ...(csv ? { 'text/csv': { schema: { type: 'string' } } } : {}),
        },
      },
      '304': { description: 'Nothing changed since that ETag' },
      '400': problem('A parameter is wrong'),
      '401': problem('A valid key is needed'),
      '403': problem('The key or the address used is not allowed'),
      '404': problem('There is no such thing, or no value is known for it'),
    },
  },
});

const recordOperation = {
  post: {
    operationId: 'post_records',
    summary: 'States values of recorded metrics; good ones are kept whatever the others are',
    description: 'Needs a key with the scope `record`.',
    parameters: [
      ...pathParameters(recordsPath),
      {
        name: 'Idempotency-Key',
        in: 'header',
        required: false,
        description: 'The same request again under the same key gets the same answer for 24 hours and does nothing',
        schema: { type: 'string', minLength: 1, maxLength: 255 },
      },
    ],
    requestBody: { required: true, content: { 'application/json': { schema: schemaOf(sentRecords) } } },
    responses: {
      '200': {
        description: 'All are kept',
        content: { 'application/json': { schema: schemaOf(recordsAnswer) } },
      },
      '400': problem('The body or a header is wrong; nothing is kept'),
      '401': problem('A valid key is needed'),
      '403': problem('The key or the address used is not allowed'),
      '404': problem('There is no such workspace'),
      '409': problem('Others write the same numbers at this moment; try again'),
      '413': problem('The body is over 1 MB'),
      '415': problem('The body is not JSON'),
      '422': problem('Some records are refused, the others kept; or the key came with other records before', 'Refused'),
    },
  },
};

/** The read API described from the schemas that it checks with. Paths are whole. */
export const openApi = (described: readonly Described[], access: 'loopback' | 'key') => ({
  openapi: '3.1.0',
  info: {
    title: 'Plumbline read API',
    version: '1',
    description:
      "Nightly numbers with their evidence, the plan they are held against, and what changed. Values are in their unit's major part; what is missing is absent, never 0.",
  },
  paths: { ...Object.fromEntries(described.map((one) => [one.path, operation(one)])), [recordsPath]: recordOperation },
  ...(access === 'key' ? { security: [{ key: [] }] } : {}),
  components: {
    schemas: { Problem: schemaOf(problemAnswer), Refused: schemaOf(z.union([recordsProblem, problemAnswer])) },
    ...(access === 'key' ? { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } } : {}),
  },
});
