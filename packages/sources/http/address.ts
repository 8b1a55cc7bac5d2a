import { BlockList, isIP } from 'node:net';
import type { Day } from '@plumbline/core/day';
import type { Zone } from '@plumbline/core/zone';
import { endOfDay, startOfDay, toIso } from '@plumbline/core/zone';

const PLACEHOLDER = /\{(day|from|to)\}/g;

/** Where clouds tell whoever asks from inside who they are, with credentials: no metric lives there. */
const metadata = new BlockList();
metadata.addSubnet('169.254.0.0', 16, 'ipv4');
metadata.addSubnet('fe80::', 10, 'ipv6');
metadata.addSubnet('fd00:ec2::', 32, 'ipv6');
metadata.addSubnet('fd20:ce::', 32, 'ipv6');
metadata.addAddress('100.100.100.200', 'ipv4');
metadata.addAddress('168.63.129.16', 'ipv4');

const near = new BlockList();
near.addSubnet('127.0.0.0', 8, 'ipv4');
near.addSubnet('10.0.0.0', 8, 'ipv4');
near.addSubnet('172.16.0.0', 12, 'ipv4');
near.addSubnet('192.168.0.0', 16, 'ipv4');
near.addAddress('::1', 'ipv6');
near.addSubnet('fc00::', 7, 'ipv6');

const isIn = (list: BlockList, address: string): boolean =>
  isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

export const hostOf = ({ hostname }: URL): string => hostname.replaceAll(/[[\]]/g, '');

/** Whether an IP address is link-local, or one at which a cloud keeps its metadata. */
export const isMetadata = (address: string): boolean => isIn(metadata, address);

const isNear = (url: URL): boolean => hostOf(url) === 'localhost' || isIn(near, hostOf(url));

/** What is wrong with an address of the workspace file; undefined where nothing is. */
export function faultIn(template: string): string | undefined {
  const url = URL.parse(template.replaceAll(PLACEHOLDER, '2026-02-12'));
  if (url === null || !/^https?:$/.test(url.protocol)) return 'must be an https:// address';
  if (/[{}]/.test(template.replaceAll(PLACEHOLDER, '')))
    return 'may hold the placeholders {day}, {from} and {to}, and no others';
  if (/\{/.test(/^[^/]*\/\/[^/?#]*/.exec(template)?.[0] ?? '')) return 'must name its host without placeholders';
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or a password: use headers';
  if (isMetadata(hostOf(url))) return 'is an address of cloud metadata, which is never asked';
  if (url.protocol === 'http:' && !isNear(url))
    return 'must begin with https://; http:// is for localhost and private IP addresses';
  return undefined;
}

/** Whether it tells of a day of one's choice; otherwise only of now. */
export const tellsOfDays = (template: string): boolean => template.search(PLACEHOLDER) >= 0;

/** `{day}` as `2026-02-12`; `{from}` and `{to}` as the instants (UTC) at which that day begins and ends in the zone. */
export function addressFor(template: string, day: Day, zone: Zone, baseUrl: string | undefined): URL {
  const values = { day, from: toIso(startOfDay(day, zone)), to: toIso(endOfDay(day, zone)) };
  const url = new URL(template.replaceAll(PLACEHOLDER, (_, name: keyof typeof values) => values[name]));
  return baseUrl === undefined ? url : new URL(baseUrl.replace(/\/+$/, '') + url.pathname + url.search);
}
