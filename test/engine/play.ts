/** Plays the same programs on engines and records what there is to see, as text that can be compared. */
import type { AllocationEngine, EngineFactory, EngineOptions } from '../../src/allocator/engine/engine.js';
import { GRANT_STRIDE, GRANT_WHOLE } from '../../src/allocator/engine/engine.js';

/** What is done to an engine. */
export type Step =
  | { readonly kind: 'apply'; readonly program: readonly number[] }
  | { readonly kind: 'cycle'; readonly run: number; readonly all: boolean }
  | { readonly kind: 'sort'; readonly root: number }
  | { readonly kind: 'shuffle'; readonly root: number; readonly salt: number }
  | { readonly kind: 'read'; readonly node: number };

/** A number so that different bits are different text. */
function exact(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** The grants of the last cycle, each with its amounts. */
export function grantsOf(engine: AllocationEngine, count: number): string[] {
  const grants: string[] = [];
  for (let g = 0; g < count; g++) {
    const [client, agent, shape, offset] = engine.grants.subarray(g * GRANT_STRIDE, (g + 1) * GRANT_STRIDE);
    const length = shape === GRANT_WHOLE ? 0 : engine.kinds + 2 * shape!;
    const amounts = Array.from(engine.amounts.subarray(offset, offset! + length), exact);
    grants.push(`${client} ${agent} ${shape}${amounts.map((amount) => ` ${amount}`).join('')}`);
  }
  return grants;
}

const out = new Int32Array(1 << 16);

/** What a step shows: results, or the error. */
export function play(engine: AllocationEngine, step: Step): string {
  try {
    switch (step.kind) {
      case 'apply':
        engine.ops.set(step.program);
        engine.apply(step.program.length);
        return 'ok';
      case 'cycle': {
        const count = engine.cycle(step.run, step.all);
        return [`grants ${count}`, ...grantsOf(engine, count)].join('\n');
      }
      case 'sort':
        return `sorted ${out.subarray(0, engine.sort(step.root, out)).join(' ')}`;
      case 'shuffle':
        return `shuffled ${out.subarray(0, engine.shuffle(step.root, step.salt, out)).join(' ')}`;
      case 'read': {
        const state = new Float64Array(2 + engine.kinds);
        engine.readNode(step.node, state);
        return `state ${Array.from(state, exact).join(' ')}`;
      }
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return `${error.name}: ${error.message}`;
  }
}

/** What all steps show, and at the end the counters of work. */
export function playAll(factory: EngineFactory, options: EngineOptions, steps: readonly Step[]): string[] {
  const engine = factory(options);
  const shown = steps.map((step, i) => `${i} ${describe(step)}: ${play(engine, step)}`);
  const counters = Object.entries(engine.counters()).map(([name, value]) => `${name} ${value}`);
  engine.close();
  return [...shown, `counters: ${counters.sort().join(', ')}`];
}

function describe(step: Step): string {
  return Object.values(step).map(String).join(' ');
}
