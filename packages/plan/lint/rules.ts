import { arithmeticRules } from './arithmetic.ts';
import { boundRules } from './bounds.ts';
import { documentRules } from './document.ts';
import type { Rule } from './finding.ts';
import { hypothesisRules } from './hypotheses.ts';
import { laterRules } from './later.ts';
import { oneTimeRules } from './one-time.ts';
import { referenceRules } from './references.ts';
import { sumRules } from './sums.ts';
import { timeRules } from './times.ts';

/** Everything that a plan is checked for; nothing in it knows a particular plan. */
export const RULES: readonly Rule[] = [
  ...referenceRules,
  ...arithmeticRules,
  ...oneTimeRules,
  ...laterRules,
  ...sumRules,
  ...boundRules,
  ...timeRules,
  ...hypothesisRules,
  ...documentRules,
];
