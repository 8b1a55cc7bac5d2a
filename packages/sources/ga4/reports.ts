import { DataError } from '@plumbline/core/errors';
import type { PullPorts } from '@plumbline/core/source';
import type { ReportRequest } from './client.ts';
import { connect } from './client.ts';
import type { Ga4Config } from './index.ts';
import { quotaGuard } from './quota.ts';
import type { Page, Report } from './schema.ts';
import { mergePages } from './schema.ts';

/** As many reports as one request may ask for (https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/properties/batchRunReports). */
const MOST_REPORTS = 5;

/** A report to ask for, and what is to be read from it once it is whole. */
export type Job<Found> = { request: ReportRequest; read(report: Report): Found };

type Begun = { request: ReportRequest; pages: Page[] };

/** Asks for reports in batches, side by side as the quota allows, and follows each to its last page. */
export function reportsOf(ports: PullPorts<Ga4Config>) {
  const ask = connect(ports);
  const quota = quotaGuard(ports.log);

  async function fill(all: readonly Begun[]): Promise<void> {
    for (let open = all; open.length > 0; open = open.filter(({ pages }) => !isComplete(pages))) {
      const batches = inBatches(open);
      const now = batches.slice(0, quota.room(batches.map(({ length }) => length)));
      // oxlint-disable-next-line no-await-in-loop -- what they leave of the quota decides about the next ones
      await Promise.all(now.map(takePages));
    }
  }

  async function takePages(batch: readonly Begun[]): Promise<void> {
    const answers = await ask(batch.map(({ request, pages }) => ({ ...request, offset: rowsIn(pages) })));
    quota.told(answers.flatMap(({ propertyQuota }) => propertyQuota ?? []));
    for (const [index, { pages }] of batch.entries()) {
      const page = answers[index];
      if (!page || answers.length > batch.length) {
        throw new DataError('ga4', `${answers.length} reports came where ${batch.length} were asked for`);
      }
      if (pages.length > 0 && page.rows.length === 0) {
        throw new DataError('ga4', `a report ended after ${rowsIn(pages)} rows, though it counts ${page.rowCount}`);
      }
      pages.push(page);
    }
  }

  return {
    async one(request: ReportRequest): Promise<Report> {
      const begun: Begun = { request, pages: [] };
      await fill([begun]);
      return mergePages(begun.pages);
    },
    async all<Found>(jobs: readonly Job<Found>[]): Promise<Found[]> {
      const begun = jobs.map((job) => ({ job, request: job.request, pages: [] as Page[] }));
      await fill(begun);
      return begun.map(({ job, pages }) => job.read(mergePages(pages)));
    },
  };
}

const rowsIn = (pages: readonly Page[]): number => pages.reduce((sum, { rows }) => sum + rows.length, 0);

/** Whether the pages have all rows that their first one counts. */
const isComplete = (pages: readonly Page[]): boolean => pages.length > 0 && rowsIn(pages) >= (pages[0]?.rowCount ?? 0);

function inBatches<Each>(all: readonly Each[]): Each[][] {
  const count = Math.ceil(all.length / MOST_REPORTS);
  return Array.from({ length: count }, (_, index) => all.slice(index * MOST_REPORTS, (index + 1) * MOST_REPORTS));
}
