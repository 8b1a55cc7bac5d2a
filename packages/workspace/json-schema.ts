import { planJsonSchema } from '@plumbline/plan/schema';
import { z } from 'zod';
import { workspaceSchema } from './schema.ts';

/** The JSON Schema of `workspace.yaml`, for editors. */
export const workspaceJsonSchema = (): Record<string, unknown> => ({
  ...z.toJSONSchema(workspaceSchema, { io: 'input' }),
});

/** The files of `docs/schema/` as they must be, by name. `npm run schemas` writes them. */
export const publishedSchemas = (): Record<string, string> => ({
  'plan.schema.json': textOf(planJsonSchema()),
  'workspace.schema.json': textOf(workspaceJsonSchema()),
});

const textOf = (schema: Record<string, unknown>): string => `${JSON.stringify(schema, null, 2)}\n`;
