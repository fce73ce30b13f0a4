/**
 * Short names for ids in outputs: agents and frameworks by the names that they were given in the scenario, offers
 * without the id of their master. An id keeps its name when its owner is gone.
 */
import type { Resource } from '../protocol/common.js';
import { resourcesFromMessages } from '../resources/message-form.js';
import type { Resources } from '../resources/resources.js';
import type { Cluster } from './cluster.js';

export interface Names {
  agent(id: string | undefined): string;
  framework(id: string | undefined): string;
  offer(id: string): string;
  /** The id is of the agent or framework of this name. */
  learn(id: string | null | undefined, name: string): void;
}

export function createNames(cluster: () => Cluster): Names {
  const known = new Map<string, string>();
  const learnAll = (): void => {
    const { agents, frameworks } = cluster();
    for (const { name, process } of agents.values()) learn(process.state.info.id, name);
    for (const [name, { state }] of frameworks) learn(state.id, name);
  };
  const learn = (id: string | null | undefined, name: string): void => {
    if (id === undefined || id === null || known.has(id)) return;
    const taken = [...known.values()].filter((other) => other === name || other.startsWith(`${name}'`)).length;
    known.set(id, name + "'".repeat(taken));
  };
  const nameOf = (id: string | undefined): string => {
    if (id === undefined) return '?';
    if (!known.has(id)) learnAll();
    return known.get(id) ?? id;
  };
  return { agent: nameOf, framework: nameOf, offer: (id) => id.replace(/^.*-(O\d+)$/, '$1'), learn };
}

/** `cpus:4;mem:1024`, and `-` for nothing. */
export function printResources(resources: Resources): string {
  return resources.isEmpty ? '-' : resources.toString().replaceAll('; ', ';');
}

export function printMessageResources(list: readonly Resource[] | undefined): string {
  return printResources(resourcesFromMessages(list));
}
