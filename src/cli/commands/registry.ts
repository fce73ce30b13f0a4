/**
 * `mete registry show|check|backup|restore`: what a registry has, without a master, in a work directory or with the
 * servers of an election. Looking disturbs no master that is at work; restoring takes a directory for itself, and ends
 * a master that leads by servers, because its next write is that of somebody who was replaced.
 */
import { renameSync } from 'node:fs';
import type { Command } from 'commander';
import { parseEnsembleUrl, printEnsembleUrl } from '../../base/ensemble-url.js';
import { MeteError } from '../../base/errors.js';
import type { RegistryBackend, RegistryImage } from '../../base/registry-backend.js';
import { openRegistryAt } from '../../ha/open-registry.js';
import { readRegistry, RegistryForm, type StoredRegistry } from '../../protocol/registry-form.js';
import { createLmdbBackend, lmdbPlaces, readLmdbRegistry } from '../../storage/lmdb-backend.js';
import { backupOf, readBackup, writeBackup } from '../registry-backup.js';
import type { Surroundings } from '../surroundings.js';
import { formatTable } from '../table.js';

interface Flags {
  readonly workDir?: string;
  readonly zk?: string;
  readonly json?: boolean;
  readonly force?: boolean;
}

const TIMEOUT_MS = 10_000;

/** Where a registry is, by the flags. */
interface Place {
  readonly name: string;
  /** Without taking it. */
  read(): Promise<RegistryImage | null>;
  /** Takes it, to write. */
  open(): Promise<RegistryBackend>;
  /** Puts away what cannot be read; says where it is then. */
  discard(): Promise<string>;
}

function placeOf({ workDir, zk }: Flags, environment: Surroundings['environment']): Place {
  const directory = workDir ?? (zk === undefined ? environment['METE_WORK_DIR'] : undefined);
  const servers = zk ?? (workDir === undefined ? environment['METE_ZK'] : undefined);
  if (directory !== undefined && servers === undefined) return placeInDirectory(directory);
  if (servers !== undefined && directory === undefined) return placeAt(servers);
  const reason = 'there is more than one registry, or none';
  const mend = 'name one with --work-dir DIRECTORY or with --zk zk://host:2181/path';
  throw new MeteError('INVALID_ARGUMENT', { field: 'registry', value: directory, reason, mend });
}

function placeInDirectory(workDir: string): Place {
  const places = lmdbPlaces(workDir);
  return {
    name: places.directory,
    read: () => Promise.resolve().then(() => readLmdbRegistry(places)),
    open: () => Promise.resolve().then(() => createLmdbBackend({ ...places, startsAnew: true })),
    async discard() {
      // The lock makes sure that no master is at work on it.
      const aside = `${places.directory}.discarded-${Date.now()}`;
      const backend = createLmdbBackend(places);
      renameSync(places.directory, aside);
      await backend.close();
      return aside;
    },
  };
}

function placeAt(servers: string): Place {
  const url = parseEnsembleUrl(servers, '--zk');
  const open = () => openRegistryAt({ url, timeoutMs: TIMEOUT_MS, log: () => undefined });
  const during = async <T>(work: (backend: Awaited<ReturnType<typeof open>>) => Promise<T>): Promise<T> => {
    const backend = await open();
    try {
      return await inTime(work(backend), printEnsembleUrl(url));
    } finally {
      backend.close().catch(() => undefined);
    }
  };
  return {
    name: printEnsembleUrl(url),
    read: () => during((backend) => backend.load()),
    open,
    discard: () => during((backend) => backend.erase().then(() => 'nowhere')),
  };
}

async function inTime<T>(work: Promise<T>, value: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const detail = { field: '--zk', value, reason: 'nobody answers there', mend: 'see whether the servers run' };
    timer = setTimeout(() => reject(new MeteError('UNREACHABLE', detail)), 2 * TIMEOUT_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

interface Found extends StoredRegistry {
  readonly version: number;
}

/** Throws MeteError, among them NOT_FOUND if there never was one. */
async function find(place: Place): Promise<Found> {
  const image = await place.read();
  if (image !== null) return { ...readRegistry(image.entries, place.name), version: image.version };
  const reason = 'no registry was ever written there';
  throw new MeteError('NOT_FOUND', { field: 'registry', value: place.name, reason, mend: 'name another place' });
}

function summary({ registry, leader, form, version }: Found): string {
  const { agents, unreachable, gone, deactivated, draining, weights, quotas, maintenance } = registry;
  const rows: (readonly [string, string | number])[] = [
    ['version', version],
    ['bytes', form.bytes],
    ['last leader', leader === null ? '-' : `${leader.id} at ${leader.hostname ?? '?'}:${leader.port}`],
    ['agents admitted', agents.size],
    ['agents unreachable', unreachable.size],
    ['agents gone', gone.size],
    ['agents deactivated', deactivated.size],
    ['agents draining', draining.size],
    ['weights', [...weights].map(([role, weight]) => `${role}=${weight}`).join(', ')],
    ['quotas', [...quotas.keys()].join(', ')],
    ['machines in maintenance', maintenance.machines.size],
    ['minimum capabilities', [...registry.minimumCapabilities].join(', ')],
  ];
  return formatTable(['registry', ''], rows.map(([name, value]) => [name, String(value)]));
}

async function show(flags: Flags, { out, environment }: Surroundings): Promise<void> {
  const found = await find(placeOf(flags, environment));
  const { registry, leader, version } = found;
  out(flags.json === true ? JSON.stringify(backupOf(registry, leader, version), null, 2) : summary(found));
}

async function check(flags: Flags, { out, environment }: Surroundings): Promise<void> {
  const place = placeOf(flags, environment);
  const { registry, form, version } = await find(place);
  const sizes = { version, agents: registry.agents.size, bytes: form.bytes };
  if (flags.json === true) out(JSON.stringify({ place: place.name, ok: true, ...sizes }));
  else out(`${place.name} is whole: version ${version}, ${sizes.agents} agents, ${sizes.bytes} bytes`);
}

async function backup(file: string, flags: Flags, { out, environment }: Surroundings): Promise<void> {
  const { registry, leader, version } = await find(placeOf(flags, environment));
  writeBackup(file, backupOf(registry, leader, version), flags.force === true);
  out(`${file}: version ${version}, ${registry.agents.size} agents`);
}

async function restore(file: string, flags: Flags, { out, environment }: Surroundings): Promise<void> {
  const registry = readBackup(file);
  const place = placeOf(flags, environment);
  const before = await present(place, flags.force === true, out);
  const backend = await place.open();
  try {
    const image = before ? await backend.load() : null;
    const form = new RegistryForm(registry);
    const writes = form.writesOfAll();
    const kept = new Set(writes.map(([key]) => key));
    const removed = (image?.entries ?? []).flatMap(([key]) => (kept.has(key) ? [] : [[key, null] as const]));
    const version = await backend.commit(image?.version ?? 0, [...removed, ...writes]);
    out(`${place.name}: version ${version}, ${registry.agents.size} agents`);
  } finally {
    await backend.close();
  }
}

/** Whether there is a registry that can be read; one that cannot is put away, if that is wanted. */
async function present(place: Place, force: boolean, out: (line: string) => void): Promise<boolean> {
  let reason: string;
  try {
    if ((await place.read()) === null) return false;
    if (force) return true;
    reason = 'there is a registry';
  } catch (error) {
    if (!(error instanceof MeteError) || error.code !== 'REGISTRY_CORRUPT') throw error;
    if (force) {
      out(`what was there is put away: ${await place.discard()}`);
      return false;
    }
    reason = `there is one that cannot be read (${error.reason})`;
  }
  const mend = 'add --force to put this one in its place';
  throw new MeteError('ALREADY_EXISTS', { field: 'registry', value: place.name, reason, mend });
}

export function addRegistryCommands(program: Command, surroundings: Surroundings): void {
  const registry = program.command('registry').description('look at a registry, check it, save it, put it back');
  const command = (usage: string, description: string): Command =>
    registry
      .command(usage)
      .description(description)
      .option('--work-dir <path>', 'work directory of a master that is alone ($METE_WORK_DIR)')
      .option('--zk <zk://…|etcd://…>', 'servers that elect the masters ($METE_ZK)');
  command('show', 'show what is in it')
    .option('--json', 'print all of it as JSON')
    .action((flags: Flags) => show(flags, surroundings));
  command('check', 'read all of it and say whether it is whole')
    .option('--json', 'print the answer as JSON')
    .action((flags: Flags) => check(flags, surroundings));
  command('backup <file>', 'write it into a file; a master may be at work on it')
    .option('--force', 'write over a file that is there')
    .action((file: string, flags: Flags) => backup(file, flags, surroundings));
  command('restore <file>', 'put a backup where there is none, or with --force in the place of one')
    .option('--force', 'put away what is there')
    .action((file: string, flags: Flags) => restore(file, flags, surroundings));
}
