import { describe, expect, it } from 'vitest';
import { initialsOf } from '$lib/lock/initials.ts';
import { createPlaceOwner } from '$lib/lock/place-owner.ts';
import { addressOfCall, callOfAddress, callOfMessage } from '$lib/lock/wanted.ts';
import { people } from '#tests/builders.ts';

const me = people.requester.id;
const other = people.cardiologist.id;

describe('initials at the door', () => {
  it.each([
    ['Dr Ayesha Siddiq', 'AS'],
    ['Prof. M. Ali Khan', 'MK'],
    ['Nasreen', 'N'],
    ['  dr   hamza   raza ', 'HR'],
    ['Ömer Çelik', 'ÖÇ'],
    ['عائشہ صدیق', 'عص'],
    ['', ''],
    ['Dr', ''],
  ])('%j is %j', (name, initials) => {
    expect(initialsOf(name)).toBe(initials);
  });
});

describe('ALE-3 the tap on a notification', () => {
  it('carries whom it called to an app that is closed, and not to any server', () => {
    const address = addressOfCall({ person: me, path: '/consult/1' });
    const url = new URL(address, 'https://hospital.test');
    expect(url.pathname).toBe('/consult/1');
    expect(url.search).toBe('');
    expect(callOfAddress(url)).toEqual({ person: me, path: '/consult/1' });
  });

  it('of an older server names nobody', () => {
    expect(addressOfCall({ person: null, path: '/alerts' })).toBe('/alerts');
    expect(callOfMessage({ type: 'open', path: '/alerts' })).toEqual({ person: null, path: '/alerts' });
  });

  it.each(['#for=nobody', '#for=', '#main', ''])(
    'an address that ends in %j was opened by nobody’s',
    (hash) => {
      expect(callOfAddress({ pathname: '/', search: '', hash })).toBeNull();
    },
  );

  it.each([
    { type: 'open', path: '//evil.example' },
    { type: 'open', path: '/\\evil.example' },
    { type: 'open', path: 'javascript:alert(1)' },
    { type: 'open', path: '' },
    { type: 'open', path: 7 },
    { type: 'other', path: '/x' },
    null,
  ])('%j leads nowhere', (message) => {
    expect(callOfMessage(message)).toBeNull();
  });
});

describe('PEO-7 where a person’s screens begin in a window', () => {
  const windowStore = () => {
    const all = new Map<string, string>();
    return {
      getItem: (key: string) => all.get(key) ?? null,
      setItem: (key: string, value: string) => void all.set(key, value),
    };
  };

  it('at the address of a fresh window, and where they stood themselves', () => {
    const owner = createPlaceOwner(windowStore());
    expect(owner.pathFor(me, null)).toBeNull();
    expect(owner.pathFor(me, null)).toBeNull();
  });

  it('never where another person stood', () => {
    const store = windowStore();
    createPlaceOwner(store).pathFor(me, null);
    expect(createPlaceOwner(store).pathFor(other, null)).toBe('/');
    expect(createPlaceOwner(store).pathFor(other, null)).toBeNull();
  });

  it('where their notification leads', () => {
    const owner = createPlaceOwner(windowStore());
    owner.pathFor(me, null);
    expect(owner.pathFor(other, '/consult/1')).toBe('/consult/1');
  });
});
