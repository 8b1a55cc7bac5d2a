import type { Day } from '@plumbline/core/day';
import { between, estimate, format } from '@plumbline/core/unit';
import { shortDay } from '@plumbline/core/words';
import { html } from 'hono/html';
import type { IndicatorCard } from './model.ts';
import { sparkline } from './sparkline.ts';
import type { MarkedBadge } from './words.ts';

// What the cards of indicators and hypotheses have in common.

export const badge = ({ word, tone, mark }: MarkedBadge) =>
  html`<span class="badge ${tone}"><span class="mark" aria-hidden="true">${mark}</span>${word}</span>`;

/** What is measured, leading to where its number is explained. */
export const explainedLink = ({ metric, explained }: Pick<IndicatorCard, 'metric' | 'explained'>) =>
  html`<a class="explain" href="${explained}">${metric}</a>`;

/** One of a card's large figures. */
export const figure = (name: unknown, value: unknown) =>
  html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;

/** The newest value, with its day. */
export const newest = ({ value, day, unit }: Pick<IndicatorCard, 'value' | 'day' | 'unit'>) =>
  value === null
    ? figure('Value', html`<span class="none">none yet</span>`)
    : figure(html`Value${day && html` <span class="nowrap">on ${shortDay(day)}</span>`}`, format(value, unit));

/** The card's picture, with the days of its ends below. */
export const drawn = ({ picture, metric, unit }: Pick<IndicatorCard, 'picture' | 'metric' | 'unit'>) =>
  html`${sparkline(picture, metric, unit)}
    <p class="axis" aria-hidden="true"><span>${shortDay(picture.from)}</span><span>${shortDay(picture.to)}</span></p>`;

/** Where the number is expected to be at the end of that day. */
export const heading = ({ forecast, unit }: Pick<IndicatorCard, 'forecast' | 'unit'>, end: Day): string =>
  forecast ? `Heading for ${estimate(forecast.value, unit)} on ${shortDay(end)} (${between(forecast, unit)})` : '';

/** How sure the number itself is. */
export const sample = ({ n, interval, unit }: Pick<IndicatorCard, 'n' | 'interval' | 'unit'>): string =>
  [interval && `95% interval ${between(interval, unit)}`, n !== null && `n = ${format(n, 'count')}`]
    .filter(Boolean)
    .join(', ');

/** A card's further facts, as far as there is anything to say. */
export const facts = (all: Readonly<Record<string, string>>) =>
  html`<dl class="facts">${Object.entries(all).map(([name, text]) => text !== '' && figure(name, text))}</dl>`;
