/** Offer operations: what they turn into what, and what they refuse. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { DiskInfo, DiskSource, Reservation } from '../../src/resources/descriptor.js';
import { type Extras, scalar } from '../../src/resources/lot.js';
import { applyConversions, applyOperation, conversionsOf, type Operation } from '../../src/resources/operations.js';
import { parseResources } from '../../src/resources/parse-text.js';
import { equalQuantities } from '../../src/resources/quantities.js';
import { Resources } from '../../src/resources/resources.js';
import { popReservation, pushReservation, toUnreserved } from '../../src/resources/transform.js';
import { refuses } from './refuses.js';

const r = (text: string): Resources => parseResources(text);
const dynamic = (role: string): Reservation => ({ type: 'DYNAMIC', role, principal: 'p' });
const disk = (size: number, extras: Extras): Resources => Resources.of([scalar('disk', size, extras)]);
const volume = (size: number, source?: DiskSource, more: Extras = {}): Resources => {
  const info: DiskInfo = { persistence: { id: 'v' }, volume: { mode: 'RW', container_path: 'data' } };
  return disk(size, { reservations: [dynamic('a')], disk: source === undefined ? info : { ...info, source }, ...more });
};
const becomes = (before: Resources, operation: Operation, after: Resources): void => {
  const result = applyOperation(before, operation);
  assert.ok(result.equals(after), `${String(result)}\nexpected ${String(after)}`);
};
const cannot = (operation: Operation, says: string | RegExp): void => {
  refuses('INVALID_RESOURCES', () => conversionsOf(operation), says);
};

test('[A79] RESERVE puts a reservation on top, UNRESERVE takes it off', () => {
  const reserved = pushReservation(r('cpus:2;mem:32'), dynamic('a'));
  becomes(r('cpus:8;mem:64'), { type: 'RESERVE', resources: reserved }, r('cpus:6;mem:32').plus(reserved));
  becomes(r('cpus:6').plus(reserved), { type: 'UNRESERVE', resources: reserved }, r('cpus:8;mem:32'));
  assert.ok(popReservation(reserved).equals(r('cpus:2;mem:32')));
});

test('[A79] only what is there can be reserved, only what is reserved dynamically be unreserved', () => {
  const reserved = pushReservation(r('cpus:2;mem:32'), dynamic('a'));
  const error = refuses(
    'NOT_AVAILABLE',
    () => applyOperation(r('cpus:2;mem:31'), { type: 'RESERVE', resources: reserved }),
    'it is not there: of this there is mem:31',
  );
  assert.equal(error.value, 'mem:32');
  const unreserve: Operation = { type: 'UNRESERVE', resources: reserved };
  refuses('NOT_AVAILABLE', () => applyOperation(r('cpus:9'), unreserve), 'of this there is {}');
  cannot({ type: 'RESERVE', resources: r('cpus(a):1') }, 'it is not dynamically reserved');
  cannot({ type: 'RESERVE', resources: r('cpus:1') }, 'it is not dynamically reserved');
  cannot({ type: 'UNRESERVE', resources: r('cpus(a):1') }, 'it is not dynamically reserved');
  cannot({ type: 'UNRESERVE', resources: volume(5) }, 'a persistent volume cannot be unreserved');
  refuses('INVALID_RESOURCES', () => popReservation(r('cpus:1')), 'it is not reserved');
});

test('[A82] a refinement goes on top of a reservation of an ancestor', () => {
  const refined = pushReservation(r('cpus(eng):2'), dynamic('eng/ads'));
  becomes(r('cpus(eng):3'), { type: 'RESERVE', resources: refined }, r('cpus(eng):1').plus(refined));
  becomes(refined, { type: 'UNRESERVE', resources: refined }, r('cpus(eng):2'));
  refuses('INVALID_RESOURCES', () => pushReservation(r('cpus(eng):2'), dynamic('ops')), 'not a refinement');
  refuses('INVALID_RESOURCES', () => pushReservation(r('cpus(eng):2'), dynamic('eng')), 'not a refinement');
});

test('[A83] a reservation moves from its source in one step', () => {
  const resources = pushReservation(r('cpus:2;mem:3'), dynamic('b'));
  const source = pushReservation(r('cpus:2;mem:3'), dynamic('a'));
  becomes(source.plus(r('cpus:1')), { type: 'RESERVE', resources, source }, resources.plus(r('cpus:1')));
  becomes(r('cpus:2;mem:3'), { type: 'RESERVE', resources, source: r('cpus:2;mem:3') }, resources);
  becomes(r('cpus:2;mem:3'), { type: 'RESERVE', resources, source: Resources.EMPTY }, resources);
  cannot({ type: 'RESERVE', resources, source: r('cpus:2;mem:4') }, 'it is not the same but for reservations');
  const mixed = source.minus(pushReservation(r('mem:3'), dynamic('a'))).plus(r('mem:3'));
  cannot({ type: 'RESERVE', resources, source: mixed }, 'its reservations differ from those of the others');
});

for (const source of [undefined, { type: 'PATH', root: '/x' }, { type: 'MOUNT', root: '/m' }] as const) {
  const where: Extras = { reservations: [dynamic('a')], ...(source === undefined ? {} : { disk: { source } }) };

  const type = source?.type ?? 'root';
  test(`[A84] [A87] CREATE makes a volume of reserved disk, DESTROY gives the disk back (${type})`, () => {
    becomes(disk(64, where), { type: 'CREATE', volumes: volume(64, source) }, volume(64, source));
    becomes(volume(64, source), { type: 'DESTROY', volumes: volume(64, source) }, disk(64, where));
  });
}

test('[A84] what cannot become or stop being a volume', () => {
  cannot({ type: 'CREATE', volumes: r('disk(a):5') }, 'it is not a persistent volume');
  cannot({ type: 'DESTROY', volumes: r('disk(a):5') }, 'it is not a persistent volume');
  cannot({ type: 'CREATE', volumes: volume(5, undefined, { reservations: [] }) }, 'from unreserved resources');
  cannot({ type: 'CREATE', volumes: volume(5, undefined, { revocable: true }) }, 'from revocable resources');
  cannot({ type: 'CREATE', volumes: volume(5).plus(volume(5)) }, 'it is given more than once');
  cannot({ type: 'DESTROY', volumes: volume(5).plus(volume(5)) }, 'it is given more than once');
  refuses('NOT_AVAILABLE', () => applyOperation(r('disk:5'), { type: 'CREATE', volumes: volume(5) }), 'there is {}');
  refuses('NOT_AVAILABLE', () => applyOperation(volume(5), { type: 'DESTROY', volumes: volume(4) }));
  const mount = { type: 'MOUNT', root: '/m' } as const;
  const part = (): Resources =>
    applyOperation(disk(9, { reservations: [dynamic('a')], disk: { source: mount } }), {
      type: 'CREATE',
      volumes: volume(5, mount),
    });
  refuses('NOT_AVAILABLE', part, 'disk(reservations: [(DYNAMIC,a,p)])[MOUNT:/m]:9');
});

test('[A86] a shared volume is created once, copied by conversions, and destroyed when no copy is left', () => {
  const shared = volume(8, undefined, { shared: true });
  const plain = disk(8, { reservations: [dynamic('a')] });
  becomes(plain, { type: 'CREATE', volumes: shared }, shared);
  const three = applyConversions(shared, [{ consumed: Resources.EMPTY, converted: shared.plus(shared) }]);
  assert.equal(three.lots[0]?.copies, 3);
  refuses(
    'NOT_AVAILABLE',
    () => applyOperation(three, { type: 'DESTROY', volumes: shared }),
    'there are further copies of it',
  );
  becomes(shared, { type: 'DESTROY', volumes: shared }, plain);
  becomes(three, { type: 'DESTROY', volumes: three }, plain);
});

test('[A85] volumes grow into disk of their kind and shrink out of it', () => {
  const path = { type: 'PATH', root: '/x' } as const;
  const free = (size: number): Resources => disk(size, { reservations: [dynamic('a')], disk: { source: path } });
  const grow: Operation = { type: 'GROW_VOLUME', volume: volume(64, path), addition: free(36) };
  becomes(volume(64, path).plus(free(40)), grow, volume(100, path).plus(free(4)));
  const shrink: Operation = { type: 'SHRINK_VOLUME', volume: volume(100, path), subtractMilli: 36000 };
  becomes(volume(100, path), shrink, volume(64, path).plus(free(36)));
  refuses('NOT_AVAILABLE', () => applyOperation(volume(64, path).plus(free(35)), grow), 'there is disk');
});

test('[A85] what cannot grow or shrink', () => {
  const addition = disk(1, { reservations: [dynamic('a')] });
  const mount = { type: 'MOUNT', root: '/m' } as const;
  const onMount = disk(1, { reservations: [dynamic('a')], disk: { source: mount } });
  const shared = volume(5, undefined, { shared: true });
  const provided = volume(5, undefined, { providerId: 'csi' });
  cannot({ type: 'GROW_VOLUME', volume: shared, addition }, 'a shared volume cannot be grown');
  cannot({ type: 'GROW_VOLUME', volume: provided, addition }, 'a volume of a resource provider cannot be grown');
  cannot({ type: 'GROW_VOLUME', volume: addition, addition }, 'it is not a persistent volume');
  cannot({ type: 'GROW_VOLUME', volume: volume(5), addition: r('disk:1') }, 'it is not the same kind of disk');
  cannot({ type: 'GROW_VOLUME', volume: volume(5, mount), addition: onMount }, 'it is not the same kind of disk');
  cannot({ type: 'GROW_VOLUME', volume: volume(5), addition: Resources.EMPTY }, 'addition "{}": it is not exactly one');
  cannot({ type: 'GROW_VOLUME', volume: volume(5).plus(volume(5)), addition }, 'it is not exactly one resource');
  cannot({ type: 'SHRINK_VOLUME', volume: shared, subtractMilli: 1 }, 'a shared volume cannot be shrunk');
  cannot({ type: 'SHRINK_VOLUME', volume: provided, subtractMilli: 1 }, 'of a resource provider cannot be shrunk');
  cannot({ type: 'SHRINK_VOLUME', volume: volume(5, mount), subtractMilli: 1 }, 'cannot be divided cannot be shrunk');
  for (const subtractMilli of [0, -1, 5000, 6000, 0.5, NaN]) {
    const operation: Operation = { type: 'SHRINK_VOLUME', volume: volume(5), subtractMilli };
    refuses('INVALID_ARGUMENT', () => conversionsOf(operation), 'it is not above 0 and below the size of disk');
  }
});

test('[A88] a provider turns RAW disk into a MOUNT or BLOCK disk and back by a conversion', () => {
  const raw = disk(64, { providerId: 'csi', disk: { source: { type: 'RAW', profile: 'fast' } } });
  const part = disk(16, { providerId: 'csi', disk: { source: { type: 'RAW', profile: 'fast' } } });
  const source = { type: 'MOUNT', id: 'vol-1', profile: 'fast', root: '/m' } as const;
  const mount = disk(16, { providerId: 'csi', disk: { source } });
  const created = applyConversions(raw, [{ consumed: part, converted: mount }]);
  assert.ok(created.equals(mount.plus(raw.minus(part))));
  assert.ok(applyConversions(created, [{ consumed: mount, converted: part }]).equals(raw));
});

test('conversions apply in order, and a failure leaves the operand as it was', () => {
  const start = r('cpus:2');
  const reserved = pushReservation(r('cpus:1'), dynamic('a'));
  const refined = pushReservation(reserved, dynamic('a/b'));
  const both = [{ type: 'RESERVE', resources: reserved } as const, { type: 'RESERVE', resources: refined } as const];
  assert.ok(applyConversions(start, both.flatMap(conversionsOf)).equals(r('cpus:1').plus(refined)));
  refuses('NOT_AVAILABLE', () => applyConversions(start, [...both].reverse().flatMap(conversionsOf)));
  assert.equal(String(start), 'cpus:2');
  assert.equal(applyConversions(start, []), start);
});

test('an operation that is none is refused', () => {
  const launch = { type: 'LAUNCH' } as unknown as Operation;
  refuses('INVALID_ARGUMENT', () => conversionsOf(launch), 'operation.type "LAUNCH"');
});

test('[A79] [A84] operations change what resources are, never how much there is', () => {
  const size = fc.integer({ min: 1, max: 64 });
  fc.assert(
    fc.property(size, size, size, (cpus, free, used) => {
      const start = Resources.fromScalars({ cpus: cpus + 1, disk: free + used });
      const reserved = pushReservation(Resources.fromScalars({ cpus, disk: used }), dynamic('a'));
      const steps: Operation[] = [
        { type: 'RESERVE', resources: reserved },
        { type: 'CREATE', volumes: volume(used) },
        { type: 'DESTROY', volumes: volume(used) },
        { type: 'UNRESERVE', resources: reserved },
      ];
      let now = start;
      for (const step of steps) {
        now = applyOperation(now, step);
        assert.ok(equalQuantities(now.scalarQuantities(), start.scalarQuantities()));
        assert.ok(equalQuantities(toUnreserved(now).scalarQuantities(), start.scalarQuantities()));
      }
      assert.ok(now.equals(start));
    }),
  );
});

test('without reservations everything else stays', () => {
  assert.ok(toUnreserved(r('cpus(a):1;cpus:2;ports(a):[1-2]')).equals(r('cpus:3;ports:[1-2]')));
  const plain = r('cpus:1');
  assert.equal(toUnreserved(plain), plain);
  assert.equal(toUnreserved(volume(5)).lots[0]?.descriptor.disk?.persistence?.id, 'v');
});
