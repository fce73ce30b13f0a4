/**
 * How a master that stands for election is written down: the name of its entry and the data in it, as detectors of
 * Mesos and of its clients read them. An entry `json.info_0000000003` holds MasterInfo as JSON; `info_…` holds it in
 * protobuf and an entry without a label the text `master@ip:port`, as older masters wrote them. The smallest number
 * leads. Whatever has another name is none of them (`log_replicas`).
 */
import { MeteError } from '../base/errors.js';
import { type MasterInfo, masterInfo } from './framework.js';
import { masterInfoFromProtobuf } from './protobuf/master-info.js';
import { fromV1Json, printV1Json } from './v1-json.js';

/** What our entries are called, before the number. */
export const MASTER_ENTRY = 'json.info_';

export interface MasterEntry {
  readonly name: string;
  readonly form: 'json' | 'protobuf' | 'pid';
  readonly sequence: number;
}

const FORMS = { 'json.info_': 'json', info_: 'protobuf', '': 'pid' } as const;

/** Null for a name that is not that of a master. */
export function masterEntryOf(name: string): MasterEntry | null {
  const match = /^(json\.info_|info_|)(\d{10})$/.exec(name);
  if (match === null) return null;
  return { name, form: FORMS[match[1] as keyof typeof FORMS], sequence: Number(match[2]) };
}

/** The entry that leads; null if there is none. */
export function leadingEntry(names: readonly string[]): MasterEntry | null {
  let least: MasterEntry | null = null;
  for (const name of names) {
    const entry = masterEntryOf(name);
    if (entry !== null && (least === null || entry.sequence < least.sequence)) least = entry;
  }
  return least;
}

export function printMasterEntry(info: MasterInfo): string {
  return printV1Json(masterInfo, info);
}

/** Throws MeteError (INVALID_MESSAGE) if the data is not what the name says. */
export function parseMasterEntry({ name, form }: Pick<MasterEntry, 'name' | 'form'>, data: Uint8Array): MasterInfo {
  try {
    if (form === 'protobuf') return masterInfoFromProtobuf(data);
    const text = new TextDecoder().decode(data);
    return form === 'json' ? fromV1Json(masterInfo, JSON.parse(text)) : masterOfPid(text);
  } catch (cause) {
    const reason = `it does not say where the master is: ${cause instanceof Error ? cause.message : String(cause)}`;
    const mend = 'remove it, or end who wrote it';
    throw new MeteError('INVALID_MESSAGE', { field: 'entry of a master', value: name, reason, mend, cause });
  }
}

function masterOfPid(text: string): MasterInfo {
  const match = /^(\w+)@(\d+(?:\.\d+){3}):(\d{1,5})$/.exec(text.trim());
  if (match === null) throw new Error('it is not master@ip:port');
  const ip = match[2]!;
  const port = Number(match[3]);
  return { id: '', ip: ipNumber(ip), port, pid: text.trim(), hostname: ip, address: { ip, port, hostname: ip } };
}

/** IPv4 address as MasterInfo has it: its bytes as a little-endian number; 0 for anything else. */
export function ipNumber(ip: string): number {
  const bytes = ip.split('.').map(Number);
  if (bytes.length !== 4 || bytes.some((byte) => !(byte >= 0 && byte <= 255))) return 0;
  return bytes.reduceRight((sum, byte) => sum * 256 + byte, 0);
}

/** Where the processes of a cluster reach a master. */
export function masterHostPort(info: MasterInfo): { readonly host: string; readonly port: number } {
  const { address, ip, port, hostname } = info;
  const bytes = [0, 8, 16, 24].map((shift) => (ip >>> shift) & 0xff);
  const host = address?.ip ?? address?.hostname ?? (ip === 0 ? hostname : undefined) ?? bytes.join('.');
  return { host, port: address?.port ?? port };
}
