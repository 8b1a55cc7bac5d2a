import { z } from 'zod';
import type { Synthesis } from './synthesis.ts';
import { ref } from './synthesis.ts';

const one = <T extends z.ZodType>(schema: T) => z.union([schema, z.array(schema)]).transform((x) => [x].flat());
const statement = z.looseObject({
  Effect: z.string(),
  Action: one(z.string()),
  Resource: one(z.unknown()).default([]),
});
/** A policy of IAM, as templates have it. */
export const policy = z.looseObject({
  PolicyDocument: z.object({ Statement: z.array(statement), Version: z.string() }),
});

/** What each function may do, read from the templates that there are by then. */
export function rightsOf(made: () => Synthesis) {
  /** What a function's own role allows, each statement of it. */
  const allowed = (name: string): z.infer<typeof statement>[] => {
    const role = z.object({ Role: ref }).parse(made().functions()[name]?.Properties).Role;
    return made()
      .ofType('AWS::IAM::Policy')
      .filter((one) =>
        z
          .object({ Roles: z.array(ref) })
          .parse(one.Properties)
          .Roles.includes(role),
      )
      .flatMap((one) => policy.parse(one.Properties).PolicyDocument.Statement);
  };

  const allowedWith = (name: string, service: string): { actions: string[]; resources: unknown[] } => {
    const statements = allowed(name).filter(({ Action }) => Action.some((action) => action.startsWith(`${service}:`)));
    return {
      actions: statements.flatMap(({ Action }) => Action).toSorted(),
      resources: statements.flatMap(({ Resource }) => Resource),
    };
  };

  /** On which partitions of the table a function may do something. */
  const partitions = (name: string, action: string) =>
    allowed(name)
      .filter(({ Action }) => Action.includes(action))
      .map((one) => one['Condition']);

  return { allowed, allowedWith, partitions };
}
