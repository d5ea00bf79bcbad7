import { describe, expect, test } from 'vitest';
import {
  declarativePush,
  declarativePushSchema,
  maxPushBytes,
  type DeclaredWords,
} from '#shared/alert/declarative.ts';
import { alertKindSchema } from '#shared/alert/alert.ts';
import { aboutWords, titleOf, wordsIn } from '#shared/alert/words/words.ts';
import { pushPayloadSchema, type PushPayload } from '#shared/alert/protocol.ts';

const origin = 'https://consult.hospital.example';
const words: DeclaredWords = {
  title: 'Emergency · Cardiology',
  body: 'A new consult waits for your department.',
  lang: 'en',
  acknowledge: "I'm coming",
  open: 'Open',
};
const payload = (changes: Partial<PushPayload> = {}): PushPayload =>
  pushPayloadSchema.parse({
    v: 1,
    type: 'alert',
    tag: 'consult:consult:6f1b',
    about: 'new-consult',
    urgency: 'emergency',
    departmentName: 'Cardiology',
    open: '/consult/consult:6f1b',
    receipt: 'r'.repeat(200),
    acknowledge: 'a'.repeat(200),
    sentAt: '2026-11-22T14:02:00.000Z',
    ...changes,
  });

describe('OFF-9 a push that is valid both ways', () => {
  test('an older browser reads the payload it always read', () => {
    const made = JSON.parse(JSON.stringify(declarativePush(payload(), words, origin))) as unknown;
    expect(pushPayloadSchema.parse(made)).toEqual(payload());
  });

  test('a browser that knows declarations finds the number, a title and an absolute place to go', () => {
    const made = declarativePushSchema.parse(declarativePush(payload(), words, origin));
    expect(made.web_push).toBe(8030);
    expect(made.mutable).toBe(true);
    expect(made.notification).toMatchObject({
      title: words.title,
      body: words.body,
      navigate: `${origin}/consult/consult:6f1b`,
      tag: 'consult:consult:6f1b',
      requireInteraction: true,
      data: payload(),
    });
  });

  test('every declared action leads somewhere, as the standard demands', () => {
    const made = declarativePushSchema.parse(declarativePush(payload(), words, origin));
    expect(made.notification.actions.map(({ action }) => action)).toEqual(['acknowledge', 'open']);
    for (const { navigate } of made.notification.actions) expect(new URL(navigate).origin).toBe(origin);
  });

  test('a ward tablet is offered no acknowledging', () => {
    const made = declarativePushSchema.parse(declarativePush(payload({ acknowledge: null }), words, origin));
    expect(made.notification.actions.map(({ action }) => action)).toEqual(['open']);
  });

  test('only an emergency stays until it is touched', () => {
    const made = declarativePushSchema.parse(declarativePush(payload({ urgency: 'urgent' }), words, origin));
    expect(made.notification.requireInteraction).toBe(false);
  });

  test('a stand-down declares nothing, because a declaration is always shown', () => {
    const standDown = payload({ type: 'stand-down' });
    expect(declarativePush(standDown, words, origin)).toEqual(standDown);
    expect(declarativePushSchema.safeParse(standDown).success).toBe(false);
  });

  test.each([
    ['tokens as long as an ordinary alert needs', 420, true],
    ['the longest tokens the schema lets in', 600, false],
  ])('with %s the message fits into one push', (_name, length, isDeclared) => {
    const long = payload({
      tag: 't'.repeat(120),
      departmentName: 'd'.repeat(80),
      open: `/${'o'.repeat(isDeclared ? 60 : 119)}`,
      receipt: 'r'.repeat(length),
      acknowledge: 'a'.repeat(length),
    });
    const made = declarativePush(long, words, origin);
    expect(new TextEncoder().encode(JSON.stringify(made)).length).toBeLessThanOrEqual(maxPushBytes);
    expect(declarativePushSchema.safeParse(made).success).toBe(isDeclared);
    expect(pushPayloadSchema.parse(made)).toEqual(long);
  });

  test.each(alertKindSchema.options)(
    'UX-3 %s fits in Urdu as well, whose letters take two bytes each',
    (about) => {
      const said = payload({
        about,
        lang: 'ur',
        departmentName: 'شعبہ امراضِ قلب'.repeat(5),
        receipt: 'r'.repeat(420),
        acknowledge: 'a'.repeat(420),
      });
      const made = declarativePushSchema.parse(
        declarativePush(
          said,
          {
            title: titleOf(said, 'ur'),
            body: aboutWords({ about, test: about === 'test' ? 'turn-silent' : undefined }, 'ur'),
            lang: 'ur',
            acknowledge: wordsIn('ur').acknowledge,
            open: wordsIn('ur').open,
          },
          origin,
        ),
      );
      expect(made.notification).toMatchObject({ lang: 'ur', dir: 'rtl' });
    },
  );
});
