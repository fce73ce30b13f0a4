/**
 * What the allocator knows of an agent, and the columns that hold its busiest fields.
 *
 * A run touches thousands of agents in scattered order, and only a few fields of each: those lie in dense columns by
 * agent number, where they stay in cache. The last grant that nobody has looked at yet stays in its column too (the
 * slot): most offers are declined as they were made, and never need to join the list of holders.
 */
import type { Attribute } from '../resources/attributes.js';
import { Resources } from '../resources/resources.js';
import type { EncodedResources, Encoding } from './encoding.js';
import { grown } from './engine/grown.js';
import type { Client, FaultDomain, Maintenance, Offer, Used } from './model.js';
import type { Refusal } from './offer-filters.js';

const NOTHING_USED: readonly Used[] = [];

/** The slot of an agent is empty. */
const NOBODY = -1;

export class AgentColumns {
  readonly ids: string[] = [];
  readonly available: Resources[] = [];
  /** The client of the last grant, by number, or `NOBODY`; and what it was granted. */
  grantee = new Int32Array(0);
  readonly granted: Resources[] = [];
  /** The last run in which the agent was offered, and its offers in that run. */
  offeredRun = new Float64Array(0);
  readonly firstOffer: (Offer | null)[] = [];
  readonly moreOffers: (Offer[] | null)[] = [];

  add(index: number, id: string): void {
    if (index >= this.grantee.length) {
      const size = Math.max(64, this.grantee.length * 2, index + 1);
      this.grantee = grown(Int32Array, this.grantee, size);
      this.offeredRun = grown(Float64Array, this.offeredRun, size);
    }
    this.ids[index] = id;
    this.available[index] = Resources.EMPTY;
    this.grantee[index] = NOBODY;
    this.granted[index] = Resources.EMPTY;
    this.offeredRun[index] = 0;
    this.firstOffer[index] = null;
    this.moreOffers[index] = null;
  }

  /** Puts a grant into the slot; false if it is taken. */
  grant(index: number, client: Client, resources: Resources): boolean {
    if (this.grantee[index] !== NOBODY) return false;
    this.grantee[index] = client.index;
    this.granted[index] = resources;
    client.holdings++;
    return true;
  }

  /** Empties the slot if it holds exactly this value for the client. */
  takeBack(index: number, client: Client, resources: Resources): boolean {
    if (this.grantee[index] !== client.index || this.granted[index] !== resources) return false;
    this.grantee[index] = NOBODY;
    this.granted[index] = Resources.EMPTY;
    client.holdings--;
    return true;
  }
}

/** What an agent is made of; the rest of its record starts empty. */
export interface AgentDescription {
  readonly index: number;
  readonly ordinal: number;
  readonly id: string;
  readonly hostname: string;
  readonly attributes: readonly Attribute[];
  readonly capabilities: Set<string> | 'all';
  readonly domain: FaultDomain | null;
  readonly active: boolean;
  readonly total: Resources;
  readonly maintenance: Maintenance | null;
}

export class AgentRecord {
  readonly index: number;
  readonly ordinal: number;
  readonly id: string;
  hostname: string;
  attributes: readonly Attribute[];
  capabilities: Set<string> | 'all';
  domain: FaultDomain | null;
  active: boolean;
  total: Resources;
  maintenance: Maintenance | null;
  /** Held by frameworks that have not been added yet. */
  unclaimed: readonly Used[] = NOTHING_USED;
  /** Whether more is held than the agent has (its total shrank): what comes back may not be free. */
  overcommitted = false;
  refusals: Refusal[] | null = null;
  /** The last availability that the engine was told, and by which encoding; its lots are the engine's lots. */
  sent: { readonly by: Encoding; readonly resources: Resources; readonly encoded: EncodedResources } | null = null;
  private listedHolders: Client[] = [];
  private listedHoldings: Resources[] = [];

  constructor(
    from: AgentDescription,
    readonly columns: AgentColumns,
    private readonly clients: readonly (Client | undefined)[],
  ) {
    this.index = from.index;
    this.ordinal = from.ordinal;
    this.id = from.id;
    this.hostname = from.hostname;
    this.attributes = from.attributes;
    this.capabilities = from.capabilities;
    this.domain = from.domain;
    this.active = from.active;
    this.total = from.total;
    this.maintenance = from.maintenance;
    columns.add(from.index, from.id);
  }

  get available(): Resources {
    return this.columns.available[this.index]!;
  }

  set available(resources: Resources) {
    this.columns.available[this.index] = resources;
  }

  /** Who holds something here; `holdings[i]` is what `holders[i]` holds. */
  get holders(): Client[] {
    this.emptySlot();
    return this.listedHolders;
  }

  get holdings(): Resources[] {
    this.emptySlot();
    return this.listedHoldings;
  }

  /** Moves the last grant to the list of holders. */
  private emptySlot(): void {
    const { columns, index } = this;
    if (columns.grantee[index] === NOBODY) return;
    const client = this.clients[columns.grantee[index]!]!;
    const resources = columns.granted[index]!;
    columns.grantee[index] = NOBODY;
    columns.granted[index] = Resources.EMPTY;
    client.holdings--;
    this.addHolding(client, resources);
  }

  /** Lists resources with what a client holds. Short lists, which are the rule, are kept without spare room. */
  addHolding(client: Client, resources: Resources): void {
    this.emptySlot();
    const { listedHolders, listedHoldings } = this;
    const at = listedHolders.indexOf(client);
    if (at >= 0) {
      listedHoldings[at] = listedHoldings[at]!.plus(resources);
      return;
    }
    client.holdings++;
    if (listedHolders.length === 0) {
      this.listedHolders = [client];
      this.listedHoldings = [resources];
    } else if (listedHolders.length === 1) {
      this.listedHolders = [listedHolders[0]!, client];
      this.listedHoldings = [listedHoldings[0]!, resources];
    } else {
      listedHolders.push(client);
      listedHoldings.push(resources);
    }
  }
}
