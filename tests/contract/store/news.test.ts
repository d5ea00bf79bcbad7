import { expect, test } from 'vitest';
import { createNews } from '#server/store/news.ts';

const never = new AbortController().signal;

test('what is published between looking and waiting is not missed', async () => {
  const news = createNews();
  const heard = news.count();
  news.publish();
  await news.after(heard, never);
  expect(news.count()).not.toBe(heard);
});

test('everybody who waits is woken by the next publication, once', async () => {
  const news = createNews();
  const woken: string[] = [];
  const waiting = ['a', 'b'].map((name) => news.after(news.count(), never).then(() => woken.push(name)));
  expect(woken).toEqual([]);
  news.publish();
  await Promise.all(waiting);
  news.publish();
  expect(woken).toEqual(['a', 'b']);
});

test('waiting ends when it is given up, before or during', async () => {
  const news = createNews();
  const giveUp = new AbortController();
  const waiting = news.after(news.count(), giveUp.signal);
  giveUp.abort();
  await waiting;
  await news.after(news.count(), giveUp.signal);
  expect(news.count()).toBe(0);
});
