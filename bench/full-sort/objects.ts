/** Contender `objects` of full-sort: the flat sorter of bench/naive. */
import { ObjectSorter } from '../naive/drf-sorter.js';
import type { SortingSubject } from './subject.js';

class ObjectSubject extends ObjectSorter implements SortingSubject {
  settle(): void {
    return; // it keeps nothing back
  }

  close(): void {
    return; // it holds nothing but memory
  }
}

export function objectSorter(): SortingSubject {
  return new ObjectSubject();
}
