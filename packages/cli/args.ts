import type { Day } from '@plumbline/core/day';
import { isDay } from '@plumbline/core/day';
import { z } from 'zod';

export const dayArg = z.string().refine((text): text is Day => isDay(text), 'must be a day, written YYYY-MM-DD');
export const workspaceArg = z.object({ workspace: z.string() });
