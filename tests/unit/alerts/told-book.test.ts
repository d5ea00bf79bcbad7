import { describe, expect, it } from 'vitest';
import { createToldBook } from '#server/alerts/told-book.ts';
import { consultId } from '#tests/builders.ts';
import { story } from '#tests/builders.ts';
import { isStamped } from '#shared/event/envelope.ts';

const consult = consultId('one');
const stampedOf = (n: readonly number[]) => {
  const [event] = story().submitted().events.filter(isStamped);
  if (event === undefined) throw new Error('no event');
  return n.map((each) => ({ ...event, n: each }));
};

describe('which events were told', () => {
  it('a consult nobody spoke of in this process is unknown', () => {
    expect(createToldBook().compare(consult, stampedOf([1]))).toEqual({ type: 'unknown' });
  });

  it.each<[string, number[], number[], unknown]>([
    ['nothing came', [1, 2, 3], [1, 2, 3], { type: 'later', than: 3 }],
    ['later ones came', [1, 2], [1, 2, 3, 4], { type: 'later', than: 2 }],
    ['two gateways gave one n to two events', [1, 2, 3], [1, 2, 3, 3], { type: 'between' }],
    ['one came between and one later', [1, 2, 3], [1, 2, 2, 3, 4], { type: 'between' }],
  ])('%s', (_why, told, now, expected) => {
    const book = createToldBook();
    book.note(consult, stampedOf(told));
    expect(book.compare(consult, stampedOf(now))).toEqual(expected);
  });

  it('a full consult is counted to its end', () => {
    const all = Array.from({ length: 1200 }, (_, at) => at + 1);
    const book = createToldBook();
    book.note(consult, stampedOf(all));
    expect(book.compare(consult, stampedOf(all))).toEqual({ type: 'later', than: 1200 });
    expect(book.compare(consult, stampedOf([...all, 7]))).toEqual({ type: 'between' });
  });
});
