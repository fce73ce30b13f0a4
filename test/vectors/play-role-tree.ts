/**
 * Plays vectors of the kind role_tree.
 */
import { equalLimits } from '../../src/resources/limits.js';
import { equalQuantities } from '../../src/resources/quantities.js';
import { quantitiesOf, quotaOf, resourcesOf, showQuantities } from './bundles.js';
import { numberOf, Reader } from './reader.js';
import { entryOf, type Play, type Report } from './report.js';
import type { Quota, RoleTree, Subjects } from './subjects.js';

export function playRoleTree(subjects: Subjects, report: Report): Play {
  const tree = subjects.roleTree();
  return {
    step: ({ op, fields }) => entryOf(OPERATIONS, op, 'operation', fields.path('op'))(tree, fields),
    expect: ({ type, fields }) => entryOf(EXPECTATIONS, type, 'expectation', fields.path('type'))(tree, fields, report),
  };
}

export const OPERATIONS: Readonly<Record<string, (tree: RoleTree, fields: Reader) => void>> = {
  updateWeight: (tree, fields) => tree.updateWeight(fields.text('role'), fields.number('weight')),
  updateQuota: (tree, fields) => tree.updateQuota(fields.text('role'), quotaOf(fields)),
  trackReservations: (tree, fields) =>
    tree.trackReservations(resourcesOf(fields.raw('resources'), fields.path('resources'))),
  untrackReservations: (tree, fields) =>
    tree.untrackReservations(resourcesOf(fields.raw('resources'), fields.path('resources'))),
  trackFramework: (tree, fields) => tree.trackFramework(fields.text('framework'), fields.text('role')),
  untrackFramework: (tree, fields) => tree.untrackFramework(fields.text('framework'), fields.text('role')),
};

export const EXPECTATIONS: Readonly<Record<string, (tree: RoleTree, fields: Reader, report: Report) => void>> = {
  roles_present: (tree, fields, report) => {
    for (const role of fields.texts('roles')) report.check(tree.has(role), `role ${role} present`, 'absent');
  },
  roles_absent: (tree, fields, report) => {
    for (const role of fields.texts('roles')) report.check(!tree.has(role), `role ${role} absent`, 'present');
  },
  weights: (tree, fields, report) => {
    for (const [role, weight] of fields.entries('weights', numberOf)) {
      report.checkSame(`weight of ${role}`, weight, tree.weight(role));
    }
  },
  quotas: (tree, fields, report) => {
    const expected = fields.entries('quotas', (value, where) =>
      value === 'default' ? NO_QUOTA : quotaOf(Reader.of(value, where)),
    );
    for (const [role, quota] of expected) {
      const seen = tree.quota(role);
      const same = equalQuantities(quota.guarantees, seen.guarantees) && equalLimits(quota.limits, seen.limits);
      report.check(same, `quota of ${role} ${showQuota(quota)}`, showQuota(seen));
    }
  },
  reservation_quantities: (tree, fields, report) => {
    for (const [role, quantities] of fields.entries('quantities', quantitiesOf)) {
      const seen = tree.reservationQuantities(role);
      const expected = `reserved to ${role} ${showQuantities(quantities)}`;
      report.check(equalQuantities(quantities, seen), expected, showQuantities(seen));
    }
  },
  framework_counts: (tree, fields, report) => {
    for (const [role, count] of fields.entries('counts', numberOf)) {
      report.checkSame(`frameworks of ${role}`, count, tree.frameworkCount(role));
    }
  },
};

const NO_QUOTA: Quota = { guarantees: new Map(), limits: new Map() };

function showQuota(quota: Quota): string {
  return `guarantees ${showQuantities(quota.guarantees)} limits ${showQuantities(quota.limits)}`;
}
