/**
 * The form of a snapshot: JSON values only.
 */
import type { Attribute } from '../resources/attributes.js';
import type { FaultDomain, InverseOfferResponse, Unavailability } from './model.js';

export const FORMAT = 'mete-allocator';
export const VERSION = 1;

export type Json = unknown;
export type Amounts = Record<string, number>;

export interface HoldingSnapshot {
  frameworkId: string;
  role: string;
  resources: Json;
}

export interface AgentSnapshot {
  id: string;
  ordinal: number;
  hostname: string;
  attributes: readonly Attribute[];
  capabilities: string[] | null;
  domain: FaultDomain | null;
  active: boolean;
  total: Json;
  held: HoldingSnapshot[];
  unclaimed: HoldingSnapshot[];
  maintenance: null | {
    unavailability: Unavailability;
    outstanding: string[];
    statuses: Record<string, InverseOfferResponse>;
  };
}

export interface FrameworkSnapshot {
  id: string;
  active: boolean;
  roles: string[];
  /** All roles in which it is a client: subscribed or holding. */
  clients: string[];
  suppressed: string[];
  capabilities: string[];
  minimums: Record<string, Amounts[]>;
  constraints: Json;
  inverseFilters: Record<string, { deadlineMs: number; generation: number }[]>;
}

export interface FilterSnapshot {
  frameworkId: string;
  role: string;
  agentId: string;
  resources: Json;
  deadlineMs: number;
  generation: number;
}

/** JSON values only. */
export interface AllocatorSnapshot {
  format: typeof FORMAT;
  version: typeof VERSION;
  clock: {
    clockMs: number;
    nextBatchMs: number;
    generation: number;
    run: number;
    runsMade: number;
    nextOrdinal: number;
    /** Null: never. */
    resumeAtMs: number | null;
    resumeGeneration: number;
  };
  paused: boolean;
  expectedAgents: number | null;
  pending: boolean;
  pendingAll: boolean;
  pendingAgents: string[];
  whitelist: string[] | null;
  weights: { role: string; weight: number }[];
  quotas: { role: string; guarantees: Amounts; limits: Amounts }[];
  frameworks: FrameworkSnapshot[];
  agents: AgentSnapshot[];
  filters: FilterSnapshot[];
  /** Grants of every node of the role sorter, and of each role's frameworks, by path. */
  grants: { roles: Amounts; frameworks: Record<string, Amounts> };
}
