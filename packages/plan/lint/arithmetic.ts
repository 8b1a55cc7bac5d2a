import { InputError } from '@plumbline/core/errors';
import type { Evaluated } from '../identity.ts';
import { evaluate } from '../identity.ts';
import type { Rule } from './finding.ts';

/** An identity's result; undefined where it is no arithmetic, which is a problem of its own. */
export function resultOf(check: string): Evaluated | undefined {
  try {
    return evaluate(check);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

const SAYS = { '==': 'not', '>=': 'less than', '<=': 'more than' } as const;

/** Arithmetic that a plan claims and that is wrong. */
export const arithmeticRules: Rule[] = [
  {
    rule: 'identity-false',
    check: ({ plan }) =>
      plan.identities.flatMap(({ check }, index) => {
        const result = resultOf(check);
        if (!result || result.holds) return [];
        const [left = ''] = check.split(result.op);
        return [
          {
            severity: 'error',
            message: `${left.trim()} is ${result.left}, ${SAYS[result.op]} ${result.right}.`,
            why: 'Every target that was reckoned from it stands on a number that is wrong.',
            of: [['identities', index, 'check']],
          },
        ];
      }),
  },
];
