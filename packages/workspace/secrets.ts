import { SecretError } from '@plumbline/core/errors';
import type { SourceDefinition } from '@plumbline/core/source';

/** A source or a channel that a workspace has set up. */
type Configured = { definition: Pick<SourceDefinition, 'name' | 'secret' | 'needsSecret'>; config: unknown };

/** The environment variable (or line of `.env`) that holds a source's or channel's secret on one machine: `PLUMBLINE_BAKHMACH_STRIPE`. */
export const secretVariable = (workspace: string, name: string): string =>
  `PLUMBLINE_${workspace}_${name}`.toUpperCase().replaceAll('-', '_');

/** The name in AWS Secrets Manager: `plumbline/bakhmach/stripe`. */
export const secretName = (workspace: string, name: string): string => `plumbline/${workspace}/${name}`;

/** Whether that source or channel, as the workspace has set it up, is opened by a secret at all. */
export const needsSecret = ({ definition, config }: Configured): boolean =>
  definition.secret !== null && definition.needsSecret?.(config) !== false;

/** Checks a secret's shape without ever showing it. Throws SecretError saying where it belongs and what it looks like. */
export function checkedSecret(
  configured: Configured,
  workspace: string,
  text: string | undefined,
  place: string,
): string {
  const { definition } = configured;
  if (definition.secret === null || !needsSecret(configured)) return '';
  const secret = text?.trim() ?? '';
  if (secret === '')
    throw new SecretError(
      `[${definition.name}] no secret for workspace ${workspace}: put ${definition.secret.describe} into ${place}`,
    );
  if (!definition.secret.isValid(secret)) {
    throw new SecretError(
      `[${definition.name}] the secret in ${place} is not of the right shape: it must be ${definition.secret.describe}`,
    );
  }
  return secret;
}

/** The address of a workspace's mail server with its login, `user:password`, where there is one. */
export function withLogin(address: string, login: string | undefined): string {
  if (!login) return address;
  const url = new URL(address);
  const [user = '', ...password] = login.split(':');
  url.username = encodeURIComponent(user);
  url.password = encodeURIComponent(password.join(':'));
  return url.href;
}
