/**
 * Weighted shuffle of the active leaves of a tree, as Mesos' random sorter has it: each draw picks among the remaining
 * leaves with probability proportional to the product of normalised weights on the leaf's path. Draws are made only as
 * far as the caller walks and depend on nothing but the salt. Twin of native/core/shuffle.
 */
import { uniform } from '../../base/mix32.js';
import { NodeState } from './opcodes.js';
import type { SorterForest } from './sorter-forest.js';

interface WeightedLeaves {
  version: number;
  nodes: number[];
  weights: number[];
}

/** The leaves and their weights for each root, kept until the forest's structure changes. */
export class LeafWeights {
  private readonly byRoot = new Map<number, WeightedLeaves>();

  of(forest: SorterForest, root: number): WeightedLeaves {
    const known = this.byRoot.get(root);
    if (known !== undefined && known.version === forest.structureVersion) return known;
    const leaves: WeightedLeaves = { version: forest.structureVersion, nodes: [], weights: [] };
    collect(forest, root, 1, leaves);
    this.byRoot.set(root, leaves);
    return leaves;
  }
}

/** One shuffle in progress. */
export class Shuffle {
  private readonly nodes: number[];
  private readonly weights: number[];
  private drawn = 0;

  constructor(
    leaves: WeightedLeaves,
    private readonly salt: number,
  ) {
    this.nodes = leaves.nodes.slice();
    this.weights = leaves.weights.slice();
  }

  /** The next leaf, or -1 when all are drawn. */
  next(): number {
    const { nodes, weights } = this;
    if (nodes.length === 0) return -1;
    let sum = 0;
    for (const weight of weights) sum += weight;
    let rest = uniform(this.salt, this.drawn++) * sum;
    let pick = nodes.length - 1;
    for (let i = 0; i < weights.length; i++) {
      rest -= weights[i]!;
      if (rest < 0) {
        pick = i;
        break;
      }
    }
    const node = nodes[pick]!;
    nodes.splice(pick, 1);
    weights.splice(pick, 1);
    return node;
  }
}

function hasActiveLeaf(forest: SorterForest, node: number): boolean {
  if (forest.state[node] !== NodeState.INTERNAL) return forest.state[node] === NodeState.ACTIVE;
  const children = forest.children(node);
  const count = forest.childCount(node);
  for (let i = 0; i < count; i++) if (hasActiveLeaf(forest, children[i]!)) return true;
  return false;
}

function collect(forest: SorterForest, parent: number, relative: number, leaves: WeightedLeaves): void {
  const children = Array.from(forest.children(parent).subarray(0, forest.childCount(parent)));
  const active = children.filter((node) => hasActiveLeaf(forest, node));
  active.sort((a, b) => forest.label[a]! - forest.label[b]! || a - b);
  let sum = 0;
  for (const node of active) sum += forest.weight[node]!;
  for (const node of active) {
    const weight = relative * (forest.weight[node]! / sum);
    if (forest.state[node] === NodeState.INTERNAL) {
      collect(forest, node, weight, leaves);
    } else {
      leaves.nodes.push(node);
      leaves.weights.push(weight);
    }
  }
}
