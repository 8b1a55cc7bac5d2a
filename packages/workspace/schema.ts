import { channels } from '@plumbline/alerts/registry';
import { isUnit } from '@plumbline/core/unit';
import { toZone } from '@plumbline/core/zone';
import { sources } from '@plumbline/sources/registry';
import { z } from 'zod';

const ID = /^[a-z0-9][a-z0-9-]*$/;

const id = z.string().max(64).regex(ID, 'must be of small letters, digits and "-", such as "vp-product"');

const timezone = z.string().transform((text, context) => {
  try {
    return toZone(text);
  } catch {
    context.addIssue({
      code: 'custom',
      message: `"${text}" is no time zone; allowed: an IANA name ("Europe/Kyiv") or an offset ("+02:00")`,
    });
    return z.NEVER;
  }
});

const currency = z
  .string()
  .refine((text) => /^[A-Z]{3}$/.test(text) && isUnit(text), 'must be an ISO 4217 code in capitals, such as USD');

const address = z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' });

const baseUrl = address.refine(
  (text) => URL.parse(text)?.username === '',
  'must not hold a user name or a password: put those into the secret',
);

const smtp = z
  .url({ protocol: /^smtps?$/, error: 'must be an smtp:// or smtps:// address' })
  .refine(
    (text) => URL.parse(text)?.password === '',
    'must not hold a password: put "user:password" into PLUMBLINE_<WORKSPACE>_MAIL',
  );

/** What every source's block may hold besides its own keys. */
const common = {
  baseUrl: baseUrl.optional().describe("Another address than the vendor's: a proxy, a recorder, a test server"),
  requestsPerSecond: z.number().positive().max(1000).optional().describe('Request budget'),
};

const blocks = Object.fromEntries(
  sources.map((source) => {
    if (!(source.config instanceof z.ZodObject))
      throw new TypeError(`the config of source ${source.name} must be a z.strictObject`);
    return [source.name, source.config.safeExtend(common).optional().describe(source.title)];
  }),
);

const channelBlocks = Object.fromEntries(
  channels.map(({ name, title, config }) => [name, config.optional().describe(title)]),
);

const dri = z.strictObject({
  title: z.string().min(1).max(120),
  email: z
    .email('must be an e-mail address')
    .max(254)
    .optional()
    .describe("Without one, the fallback DRI gets this person's mails"),
});

/** `workspace.yaml`: one company. */
export const workspaceSchema = z.strictObject({
  workspace: id.describe("The folder's name"),
  name: z.string().min(1).max(120),
  timezone: timezone.describe('IANA name or fixed offset'),
  currency: currency.describe('ISO 4217 code of all money metrics'),
  fx: z.string().min(1).optional().describe('CSV file: day,currency,rate (workspace currency per 1 unit)'),
  demo: z.string().min(1).optional().describe('Demo story that stands in until the first secret or baseUrl is set'),
  dris: z
    .record(id, dri)
    .refine((dris) => Object.keys(dris).length > 0, 'must name at least one person')
    .describe('Directly responsible individuals'),
  fallbackDri: id.describe("Hears what a DRI can't be told"),
  mail: z
    .strictObject({ smtp: smtp.optional() })
    .optional()
    .describe('Real mail from one machine; without it the local inbox'),
  heartbeat: address
    .refine((text) => !URL.parse(text)?.username, 'must not hold a user name or a password')
    .optional()
    .describe('Asked after each complete night; a service that raises the alarm when it hears nothing'),
  channels: z.strictObject(channelBlocks).optional().describe('Who else hears, besides the mails'),
  sources: z.strictObject(blocks).describe('Connectors that bring in metrics'),
});

export type WorkspaceFile = z.infer<typeof workspaceSchema>;
