import type { Day } from '@plumbline/core/day';
import { addDays, isDay } from '@plumbline/core/day';
import type { ConfigProblem } from '@plumbline/core/errors';
import { ConfigError } from '@plumbline/core/errors';

const DAYS_BACK = 7;

/** Workspace currency per 1 unit of another, as decimal texts by day. */
export type Rates = (currency: string, day: Day) => string | undefined;

/**
 * Reads `day,currency,rate` lines. The rate of a day is its own or the last within the 7 days before.
 * Throws ConfigError naming each bad line.
 */
export function parseRates(text: string, file: string, workspaceCurrency: string): Rates {
  const problems: ConfigProblem[] = [];
  const rates = new Map<string, string>();
  const [header, ...lines] = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (header?.trim() !== 'day,currency,rate') {
    problems.push({ file, line: 1, column: 1, path: '', message: 'the first line must be "day,currency,rate"' });
  }
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const [day = '', currency = '', rate = '', ...rest] = line.split(',').map((cell) => cell.trim());
    const wrong =
      rest.length > 0
        ? 'has more than three cells'
        : !isDay(day)
          ? `"${day}" is not a day (YYYY-MM-DD)`
          : !/^[A-Z]{3}$/.test(currency)
            ? `"${currency}" is not a currency code`
            : !/^\d{1,12}(\.\d{1,12})?$/.test(rate) || Number(rate) === 0
              ? `"${rate}" is not a positive decimal`
              : rates.has(`${currency} ${day}`)
                ? `gives ${currency} on ${day} a second time`
                : undefined;
    if (wrong) problems.push({ file, line: index + 2, column: 1, path: '', message: wrong });
    else rates.set(`${currency} ${day}`, rate);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return (currency, day) => {
    if (currency === workspaceCurrency) return '1';
    for (let back = 0; back <= DAYS_BACK; back += 1) {
      const rate = rates.get(`${currency} ${addDays(day, -back)}`);
      if (rate !== undefined) return rate;
    }
    return undefined;
  };
}
