/** Contender `objects` of decline-offers: the same rounds on the allocator of bench/naive. */
import { addCluster, declineRounds } from '../house/declining.js';
import type { Play } from '../house/problem.js';
import { ObjectAllocator } from '../naive/allocator.js';

export const objectsContender: Play<{ agents: number; frameworks: number; rounds: number }> = (run, size) => {
  const allocator = new ObjectAllocator();
  declineRounds(run, allocator, addCluster(run, allocator, size), size.rounds);
  allocator.close();
};
