/**
 * Situations that the oracle can testify to have been in. Random tests count them, to be sure that they get where the
 * allocator does something out of the ordinary.
 */

export const SITUATIONS = [
  // sorters
  'equal shares',
  'equal shares above zero',
  'equal shares and grants',
  'held of a kind without total',
  'cluster without anything',
  'weight of an inner node counts',
  'inactive leaf removed',
  'leaf with grants removed',
  'virtual leaf made',
  'virtual leaf collapsed',
  'random order drawn',
  'weight changed in use',
  // quota
  'guarantee served',
  'guarantee cut',
  'more than the guarantee in stage 1',
  'cut to a limit',
  'limit binds a role below',
  'headroom held back',
  'indivisible passed over',
  // shared
  'shared volume offered while held',
  'shared volume not offered twice in a run',
  'copies of a shared volume added',
  // who may be offered what
  'constraint excludes agent',
  'too little',
  'too little for the framework alone',
  'gpus or region bar framework',
  'lots left out that cannot be read',
  'agent lacks a capability',
  'stopped by a filter',
  'agent not whitelisted',
  'agent deactivated',
  'more held than there is',
  'amounts scaled down',
  // frameworks and agents
  'framework added to what agents told',
  'framework tells more than agents',
  'client ended by a conversion',
  'client kept by what it holds',
  // time
  'filter ends before the batch of the same moment',
  'filter ends after the batch of the same moment',
  'event run',
  'event run over some agents',
  'batch run',
  'run lost to a pause',
  'candidates kept through a pause',
  'hold-off ended by agents',
  'hold-off ended by time',
  // maintenance
  'inverse offer',
  'inverse offer outstanding',
  'inverse offer filtered',
  'offer with unavailability',
] as const;

export type Situation = (typeof SITUATIONS)[number];

export type Witness = (situation: Situation) => void;

export const NOBODY: Witness = () => undefined;
