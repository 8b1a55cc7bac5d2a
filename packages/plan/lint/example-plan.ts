import type { CatalogueMetric } from '@plumbline/core/metric';
import type { DocumentLines } from '../document-lines.ts';
import { readPlan } from '../parse.ts';
import type { Finding } from './finding.ts';
import { lintPlan } from './lint.ts';

const metric = (id: string, rest: Partial<CatalogueMetric> = {}): [string, CatalogueMetric] => [
  id,
  { id, unit: 'count', kind: 'stock', direction: 'up', about: id, settleNights: 0, source: 'record', ...rest },
];
export const metrics = new Map([
  metric('members'),
  metric('mrr', { unit: 'USD', source: 'stripe', dimensions: ['product'] }),
  metric('mrr_churn', { unit: 'USD', kind: 'flow', source: 'stripe', limits: { high: 0 } }),
  metric('mrr_expansion', { unit: 'USD', kind: 'flow', source: 'stripe', limits: { low: 0 } }),
  metric('net_revenue_retention_30d', { unit: '%', kind: 'rate', source: 'stripe', limits: { low: 0 } }),
  metric('gross_revenue_retention_30d', { unit: '%', kind: 'rate', source: 'stripe' }),
  metric('interviews', { kind: 'flow' }),
  metric('spend', { unit: 'USD', kind: 'flow', direction: 'down' }),
  metric('bugs', { direction: 'down' }),
  metric('nps', { unit: 'score', kind: 'score', source: 'mixpanel' }),
  metric('uptime', { unit: '%', kind: 'rate', source: 'uptime' }),
  metric('growth', { unit: '%', kind: 'rate' }),
  metric('latency_p95', { unit: 'ms', kind: 'score', direction: 'down' }),
  metric('retention_30d', { unit: '%', kind: 'rate', source: 'mixpanel', window: 30 }),
]);
export const dris = { ceo: { title: 'CEO', email: 'ceo@acme.example' }, sales: { title: 'Sales Lead' } };

export type Parts = { indicators?: string[]; more?: string; lines?: DocumentLines };

/** Indicators as `metric, target, time[, more keys]`; each has the id `i1`, `i2`, … and cites line 10, 20, … */
export function lint({ indicators = ['members, ">= 1", "by: end"'], more = '', lines }: Parts): Finding[] {
  const list = indicators.map((text, index) => {
    const [id, target, time, ...rest] = text.split(', ');
    const keys = [
      `id: i${index + 1}, says: "S", line: ${10 * (index + 1)}, metric: ${id}, target: ${target}`,
      time?.replaceAll('"', ''),
      ...(rest.some((key) => key.startsWith('dri:')) ? rest : [...rest, 'dri: ceo']),
    ];
    return `  - { ${keys.join(', ')} }`;
  });
  const text = `plan: acme\ntitle: Acme\nstart: 2026-01-02\nend: 2026-04-01\nindicators:\n${list.join('\n')}\n${more}`;
  const all = lintPlan({
    ...readPlan(text, 'plan.yaml'),
    metrics,
    dris,
    lines: lines ?? { numbered: [] },
  });
  return lines ? all : all.filter(({ rule }) => rule !== 'no-such-line');
}

/** `severity rule lines: message`. */
export const brief = (parts: Parts): string[] =>
  lint(parts).map(({ severity, rule, lines, message }) => `${severity} ${rule} ${lines.join('+')}: ${message}`);
