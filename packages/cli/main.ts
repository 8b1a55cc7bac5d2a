import { isDay } from '@plumbline/core/day';
import { InputError } from '@plumbline/core/errors';
import type { Outcome } from '@plumbline/local/control';
import { DEFAULT_PORT } from '@plumbline/local/serve';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { failure } from './exit.ts';
import type { LoadOptions } from './load-mixpanel.ts';
import { planDiff } from './plan-diff.ts';
import { planLines } from './plan-lines.ts';
import { planLint } from './plan-lint.ts';
import { planShow } from './plan-show.ts';
import { recordRequest } from './record-request.ts';
import type { RecordOptions } from './record-request.ts';
import type { Globals } from './session.ts';
import { invoke } from './session.ts';
import { whoAmI } from './who-am-i.ts';

const number = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value))
    throw new InvalidArgumentError('write a plain number, such as 1234.5');
  return value;
};

const port = (text: string): number => {
  const value = number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError('a port is a whole number up to 65535');
  return value;
};

const day = (text: string): string => {
  if (!isDay(text)) throw new InvalidArgumentError('write a day as YYYY-MM-DD');
  return text;
};

const program = new Command('plumbline').description('Nightly KPIs held against a 90-day plan.').exitOverride();

/** Every command takes the same four, before or after its own words. */
const sub = (words: string, about: string): Command =>
  program
    .command(words)
    .description(about)
    .option('--data <dir>', 'where this machine keeps its data', '.plumbline')
    .option('--seeds <dir>', 'where workspaces and plans are read from (default: PLUMBLINE_SEEDS, else seeds)')
    .option('--json', 'answer as JSON')
    .option('--now <instant>', "the run's clock, for rehearsals: 2026-02-13T01:00:00Z")
    .option('--verbose', 'say what is done, on standard error');

function finish(outcome: Outcome, globals: Globals, raw = false): void {
  const isJson = globals.json === true && !raw;
  if (isJson) process.stdout.write(`${JSON.stringify(outcome.data)}\n`);
  if (!isJson || outcome.exit === 2) {
    const isAnswer = outcome.exit === 0 || outcome.exit === 3 || isReport(outcome);
    const stream = isAnswer && !isJson ? process.stdout : process.stderr;
    if (outcome.text !== '') stream.write(`${outcome.text}\n`);
  }
  process.exitCode = outcome.exit;
}

const isReport = ({ data }: Outcome): boolean => typeof data === 'object' && data !== null && !('error' in data);

const remote =
  (name: string) =>
  async (options: Globals & Record<string, unknown>): Promise<void> => {
    const { data: _data, seeds: _seeds, json: _json, now: _now, verbose: _verbose, ...args } = options;
    finish(await invoke(options, name, args), options);
  };

sub('up', 'start everything on this machine, run what is due, and serve it')
  .option('--once', 'stop when all due nights have run')
  .option('--port <n>', 'port of the dashboard and the read API', port, DEFAULT_PORT)
  .option('--as-of <day>', 'the last night that demo workspaces replay', day)
  .action(async (options: Globals & { once?: boolean; port: number; asOf?: never }) => {
    const { up } = await import('./up.ts');
    process.exitCode = await up(options, { ...options, replay: true });
  });

sub('serve', 'serve the read API and the dashboard alone')
  .option('--port <n>', 'port of the dashboard and the read API', port, DEFAULT_PORT)
  .action(async (options: Globals & { port: number }) => {
    const { up } = await import('./up.ts');
    process.exitCode = await up(options, { port: options.port, replay: false });
  });

sub('night', 'run one night, or the same one again')
  .requiredOption('--workspace <id>')
  .option('--day <day>', 'default: yesterday there', day)
  .option('--source <name>', 'only this source')
  .option('--dry-run', 'pull and show, write nothing')
  .action(remote('night'));

sub('backfill', 'bring in many past days, silently')
  .requiredOption('--workspace <id>')
  .requiredOption('--from <day>', 'first day', day)
  .requiredOption('--to <day>', 'last day', day)
  .option('--source <name>', 'only this source')
  .action(remote('backfill'));

sub('record [metric] [value]', 'state a value, or a file of values; or see who stated what')
  .requiredOption('--workspace <id>')
  .option('--day <day>', 'the day it is about', day)
  .option('--n <count>', 'how many it was measured on')
  .option('--note <text>')
  .option('--csv <file>', 'a table: metric,day,value,n,note with a header line, or day and a column per metric')
  .option('--decimal <sign>', 'how fractions are written, where 1,234 could be two numbers: point or comma')
  .option('--date-format <form>', 'how the file writes days, such as DD/MM/YYYY')
  .option('--dry-run', 'show what would be stored, write nothing')
  .option('--history <metric>', 'who stated what of a metric, and when')
  .action(async (metric: string | undefined, value: string | undefined, options: Globals & RecordOptions) => {
    const { name, args } = await recordRequest(metric, value, options);
    finish(await invoke(options, name, args), options);
  });

sub('check', 'does the key of each source work, and what may it see')
  .requiredOption('--workspace <id>')
  .action(remote('check'));

sub('status', 'the plan as known when a night closed')
  .requiredOption('--workspace <id>')
  .option('--as-of <day>', 'default: the last night', day)
  .action(remote('status'));

sub('explain <metric>', 'one number: how it came to be, what was left out, what it was before')
  .requiredOption('--workspace <id>')
  .option('--day <day>', 'default: its newest', day)
  .action(async (metric: string, options: Globals & { workspace: string; day?: string }) =>
    finish(await invoke(options, 'explain', { metric, workspace: options.workspace, day: options.day }), options),
  );

sub('review', 'what a meeting goes through: what changed, what is due, the plan against what is')
  .requiredOption('--workspace <id>')
  .option('--review <id>', "default: the plan's first")
  .option('--day <day>', 'of the meeting; default: the last whose night is over, else the next', day)
  .action(remote('review'));

sub('alerts', 'who was told what, and what was done about it')
  .requiredOption('--workspace <id>')
  .option('--from <day>', 'first night', day)
  .option('--to <day>', 'last night', day)
  .option('--indicator <id>', 'only what is about this one')
  .action(remote('alerts'));

sub('watch', 'which nights are late; exits 1 where there are any')
  .option('--workspace <id>', 'default is all')
  .action(remote('watch'));

sub('backtest', 'what the forecasts of past nights were worth')
  .requiredOption('--workspace <id>')
  .action(remote('backtest'));

sub('ack <id>', 'acknowledge an alert')
  .requiredOption('--reason <text>')
  .option('--workspace <id>')
  .action(async (id: string, options: Globals & { reason: string; workspace?: string }) =>
    finish(
      await invoke(options, 'acknowledge', { id, reason: options.reason, by: whoAmI(), workspace: options.workspace }),
      options,
    ),
  );

sub('snooze <id>', 'hear of no risk and no reminder of an alert until the end of a day')
  .requiredOption('--until <day>', 'the last quiet day', day)
  .option('--reason <text>', 'why', '')
  .option('--workspace <id>')
  .action(async (id: string, options: Globals & { until: string; reason: string; workspace?: string }) =>
    finish(
      await invoke(options, 'acknowledge', {
        id,
        reason: options.reason,
        by: whoAmI(),
        until: options.until,
        workspace: options.workspace,
      }),
      options,
    ),
  );

sub('reach [dri]', 'whom mails do not reach; with a name, that they do again')
  .requiredOption('--workspace <id>')
  .action(async (dri: string | undefined, options: Globals & { workspace: string }) =>
    finish(await invoke(options, 'reach', { workspace: options.workspace, dri }), options),
  );

sub('redrive', 'try again what was given up on: the dead letters')
  .option('--aws', 'those of your AWS account, by the credentials of the AWS command line')
  .action(async (options: Globals & { aws?: boolean }) => {
    if (!options.aws) return finish(await invoke(options, 'redrive', {}), options);
    const { redriveAws } = await import('./redrive-aws.ts');
    return finish(await redriveAws((line) => process.stderr.write(`${line}\n`)), options);
  });

sub('export', 'snapshots as CSV')
  .requiredOption('--workspace <id>')
  .option('--metric <id>')
  .option('--from <day>', 'first day', day)
  .option('--to <day>', 'last day', day)
  .option('--format <name>', 'csv', 'csv')
  .action(remote('export'));

const PLAN_WORDS = { lint: planLint, show: planShow, lines: planLines, diff: planDiff };
const isPlanWord = (what: string): what is keyof typeof PLAN_WORDS => Object.hasOwn(PLAN_WORDS, what);

sub('plan [what]', '"lint": contradictions; "show": the plan as data; "lines": list its document; "diff": what changed')
  .option('--workspace <id>', 'lint: default is all')
  .option('--from <version>', 'diff: a version or a file; default: what was last judged by')
  .option('--to <version>', 'diff: a version or a file; default: the plan file as it is now')
  .action(async (what: string | undefined, options: Globals & { workspace?: string; from?: string; to?: string }) => {
    if (what === undefined || !isPlanWord(what)) {
      const allowed = Object.keys(PLAN_WORDS).join(', ');
      const wrong = what === undefined ? '"plan" needs a word' : `there is no "plan ${what}"`;
      throw new InputError(`${wrong}; allowed: ${allowed}, as in "plumbline plan show --workspace W"`);
    }
    finish(await PLAN_WORDS[what](options), options);
  });

sub('demo <what>', '"load-mixpanel": send the demo company\'s events into a Mixpanel test project of your own')
  .requiredOption('--workspace <id>', 'whose mixpanel block and secret name the project')
  .option('--story <name>', "whose events; default: the workspace's demo")
  .option('--project-token <token>', "write by the project's token: the service account need only read")
  .option('--yes', 'send without asking')
  .action(async (what: string, options: Globals & LoadOptions) => {
    if (what !== 'load-mixpanel') throw new InputError(`there is no "demo ${what}"; allowed: load-mixpanel`);
    const { loadMixpanel } = await import('./load-mixpanel.ts');
    finish(await loadMixpanel(options), options);
  });

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    finish(failure(error), { data: '', json: process.argv.includes('--json') });
  }
}
