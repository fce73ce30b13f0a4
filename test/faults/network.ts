/**
 * A network of namespaces on one machine: each host has an address of its own on a bridge, and the way between hosts,
 * or from a host to some ports, may be cut without either side being told, as a broken switch does it. Needs root.
 */
import { spawnSync } from 'node:child_process';
import { hasProgram, missing } from '../ha/server-process.js';

function tryRun(command: readonly string[]): string | null {
  const { status, stderr, error } = spawnSync(command[0]!, command.slice(1), { encoding: 'utf8' });
  return status === 0 ? null : (error?.message ?? stderr).trim();
}

function run(...command: string[]): void {
  const wrong = tryRun(command);
  if (wrong !== null) throw new Error(`${command.join(' ')}: ${wrong}`);
}

function whyNoNetwork(): string | false {
  if (process.getuid?.() !== 0) return missing('only root can make network namespaces');
  const lacking = ['ip', 'iptables'].find((name) => !hasProgram(name));
  if (lacking !== undefined) return missing(`there is no program ${lacking}`);
  const name = `mete-try-${process.pid}`;
  const wrong = tryRun(['ip', 'netns', 'add', name]);
  if (wrong !== null) return missing(`no network namespace can be made: ${wrong}`);
  tryRun(['ip', 'netns', 'del', name]);
  return false;
}

/** Why there can be no namespaces here, for `skip`; false if there can. In CI they must be possible. */
export const NO_NETWORK = whyNoNetwork();

export interface Host {
  readonly name: string;
  readonly address: string;
  /** The program, with its first arguments, that starts another one on this host. */
  readonly through: readonly string[];
  /** Drops all packets between this host and those addresses (all of them for none), until `heal`. */
  cutFrom(addresses: readonly string[]): void;
  /** Drops all packets to and from those TCP ports of an address. */
  cutFromPorts(address: string, ports: readonly number[]): void;
  heal(): void;
}

export interface Network {
  /** Where the tests themselves, and servers that they start, are. */
  readonly address: string;
  host(name: string): Host;
  close(): void;
}

/** Makes a bridge; its subnet is one that no other network of these tests has. */
export function openNetwork(): Network {
  const mark = process.pid % 60_000;
  const bridge = `mete${mark}`;
  const subnet = `10.${200 + Math.floor(mark / 256 / 8)}.${Math.floor(mark / 8) % 256}`;
  const hosts: string[] = [];
  run('ip', 'link', 'add', bridge, 'type', 'bridge');
  run('ip', 'address', 'add', `${subnet}.1/24`, 'dev', bridge);
  run('ip', 'link', 'set', bridge, 'up');
  const host = (name: string): Host => {
    const namespace = `${bridge}-${name}`;
    const number = hosts.push(namespace) + 1;
    const [inside, outside] = [`mi${mark}n${number}`, `mo${mark}n${number}`];
    const address = `${subnet}.${number}`;
    const within = ['ip', 'netns', 'exec', namespace];
    run('ip', 'netns', 'add', namespace);
    run('ip', 'link', 'add', outside, 'type', 'veth', 'peer', 'name', inside, 'netns', namespace);
    run('ip', 'link', 'set', outside, 'master', bridge, 'up');
    run('ip', '-n', namespace, 'address', 'add', `${address}/24`, 'dev', inside);
    run('ip', '-n', namespace, 'link', 'set', inside, 'up');
    run('ip', '-n', namespace, 'link', 'set', 'lo', 'up');
    const drop = (chain: string, ...match: string[]): void =>
      run(...within, 'iptables', '-A', chain, ...match, '-j', 'DROP');
    return {
      name,
      address,
      through: within,
      cutFrom: (addresses) => {
        for (const other of addresses.length === 0 ? [`${subnet}.0/24`] : addresses) {
          drop('INPUT', '-s', other, '!', '-i', 'lo');
          drop('OUTPUT', '-d', other, '!', '-o', 'lo');
        }
      },
      cutFromPorts: (other, ports) => {
        for (const port of ports) {
          drop('INPUT', '-s', other, '-p', 'tcp', '--sport', String(port));
          drop('OUTPUT', '-d', other, '-p', 'tcp', '--dport', String(port));
        }
      },
      heal: () => run(...within, 'iptables', '-F'),
    };
  };
  return {
    address: `${subnet}.1`,
    host,
    close: () => {
      for (const namespace of hosts) tryRun(['ip', 'netns', 'del', namespace]);
      tryRun(['ip', 'link', 'del', bridge]);
    },
  };
}
