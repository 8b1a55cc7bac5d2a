/** The look of one number explained: one column of small tables, on the screen, on a phone and on paper. */
export const metricStyle = `
.explained { max-width: 820px; margin: 32px auto 48px; background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 28px 32px 32px; box-shadow: var(--shadow); }
.explained h1 { font-size: 1.5rem; line-height: 1.25; letter-spacing: -0.015em; text-wrap: balance; }
.explained h2 { margin-top: 28px; font-size: 1.0625rem; line-height: 1.35; letter-spacing: 0; }
.explained .value { margin-top: 12px; font-size: 2.25rem; line-height: 1.2; font-weight: 700; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.explained .value .badge { vertical-align: middle; letter-spacing: 0; padding-left: 9px; }
.explained .facts { margin-top: 16px; font-size: 0.9375rem; }
.explained table { width: 100%; border-collapse: collapse; margin-top: 6px; font-size: 0.9375rem; line-height: 1.4; font-variant-numeric: tabular-nums; }
.explained th { text-align: left; font-weight: 400; padding: 5px 14px 5px 0; vertical-align: baseline; }
.explained thead th { font-size: 0.8125rem; color: var(--soft); padding-bottom: 3px; }
.explained tbody th { min-width: 6.25rem; }
.explained td { padding: 5px 14px 5px 0; vertical-align: baseline; }
.explained .grid td, .explained thead th { overflow-wrap: break-word; }
.explained .figure { text-align: right; white-space: nowrap; }
.explained tbody th, .explained tbody td { border-top: 1px solid var(--line); }
.explained tr > :last-child { padding-right: 0; }
.explained section > .soft, .explained section > .note { margin-top: 8px; }
.explained .way { max-width: 560px; margin-top: 10px; }
.explained .way path { vector-effect: non-scaling-stroke; }
.explained .waterfall .figure { padding-right: 20px; }
.explained .waterfall .level th, .explained .waterfall .level .figure { font-weight: 650; }
.explained .bar { width: 40%; }
.bar svg { display: block; width: 100%; height: 1rem; }
.bar .level { fill: var(--series); } .bar .up { fill: var(--good); } .bar .down { fill: var(--bad); }
.explained details { margin-top: 28px; font-size: 0.9375rem; }
.explained summary { color: var(--accent); cursor: pointer; }
.metrics { columns: 14rem; margin-top: 8px; }
.card a.explain { color: inherit; text-decoration: underline; text-decoration-color: var(--line); }
.card a.explain:hover { text-decoration-color: currentcolor; }
@media screen and (max-width: 720px) {
  .explained { margin: 16px 0 32px; padding: 18px 16px 20px; }
  .explained h1 { font-size: 1.3rem; }
  .explained th, .explained td { padding-right: 8px; }
  .explained table { font-size: 0.875rem; }
  .explained .waterfall .figure { padding-right: 10px; }
  .explained section { overflow-x: auto; }
  .explained .grid { font-size: 0.8125rem; }
  .explained .grid tbody th { min-width: 3.5rem; }
}
@media print {
  .explained { max-width: none; margin: 0; padding: 0; border: 0; }
  .explained details { display: none; }
  .explained section { break-inside: avoid; }
}
`;
