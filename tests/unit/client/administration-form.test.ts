import { describe, expect, test } from 'vitest';
import type { Edit } from '#shared/administration/edit.ts';
import { staffFieldsSchema, type StaffFields } from '#shared/administration/staff.ts';
import { instant } from '#shared/lib/instant.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import type { AdminFailure } from '$lib/admin/ask-admin.ts';
import { EditForm, type EditedRecord } from '$lib/admin/edit-form.svelte.ts';
import type { KeepingStore } from '$lib/admin/kept-forms.ts';
import { departments, personId } from '#tests/builders.ts';

const now = () => instant('2026-11-22T03:00:00.000Z');
const fields: StaffFields = {
  name: 'Dr Ayesha Siddiq',
  initials: 'AS',
  email: 'ayesha@hospital.example',
  phone: '4411',
  mobile: null,
  designation: 'registrar',
  memberships: [{ department: departments.cardiology.id, role: 'doctor', primary: true }],
  permissions: [],
};
const change = { by: personId('deputy'), at: instant('2026-11-22T02:00:00.000Z') };
const record = (over: Partial<StaffFields> = {}): EditedRecord<StaffFields> => ({
  fields: { ...fields, ...over },
  lastChange: change,
});

function tab(): KeepingStore & { readonly held: Map<string, string> } {
  const held = new Map<string, string>();
  return {
    held,
    getItem: (key) => held.get(key) ?? null,
    setItem: (key, value) => void held.set(key, value),
    removeItem: (key) => void held.delete(key),
  };
}
const open = (store = tab(), from = record()): EditForm<StaffFields> =>
  new EditForm<StaffFields>({
    schema: staffFieldsSchema,
    record: from,
    keeping: { store, key: 'person', build: '1' },
    secret: ['email', 'mobile'],
  });

/** A server with one record: takes an edit unless a field of it was changed meanwhile. */
function server(held: EditedRecord<StaffFields>) {
  const sent: Edit<StaffFields>[] = [];
  let present = held;
  return {
    sent,
    put: (over: Partial<StaffFields>) => (present = record({ ...present.fields, ...over })),
    send: (edit: Edit<StaffFields>): Promise<Result<EditedRecord<StaffFields>, AdminFailure>> => {
      sent.push(edit);
      const met = Object.keys(edit.becomes).filter(
        (name) =>
          JSON.stringify(present.fields[name as keyof StaffFields]) !==
          JSON.stringify(edit.was[name as keyof StaffFields]),
      );
      if (met.length > 0) return Promise.resolve(err({ type: 'changed-meanwhile', fields: met }));
      present = record({ ...present.fields, ...(edit.becomes as Partial<StaffFields>) });
      return Promise.resolve(ok(present));
    },
    read: () => Promise.resolve(ok(present)),
  };
}

describe('a form over one record', () => {
  test('ADM-2 sends exactly the fields that were changed, and nothing when none was', async () => {
    const here = server(record());
    const form = open();
    expect(await form.save(here.send, here.read, now)).toBe(false);
    expect(here.sent).toEqual([]);
    form.put({ phone: '4412' });
    expect(await form.save(here.send, here.read, now)).toBe(true);
    expect(here.sent).toEqual([{ was: { phone: '4411' }, becomes: { phone: '4412' } }]);
    expect(form.isChanged).toBe(false);
    expect(form.savedAt).toBe(now());
  });

  test('ADM-2 what somebody else changed meanwhile stands beside mine; what they changed elsewhere is taken over', async () => {
    const here = server(record());
    const form = open();
    form.put({ phone: '4412', name: 'Dr A. Siddiq' });
    here.put({ phone: '7700', designation: 'senior-registrar' });
    expect(await form.save(here.send, here.read, now)).toBe(false);
    expect(form.meeting?.names).toEqual(['phone']);
    expect(form.meeting?.theirs.phone).toBe('7700');
    expect(form.meeting?.mine.phone).toBe('4412');
    expect(form.meeting?.lastChange).toEqual(change);
    expect(form.fields).toMatchObject({
      designation: 'senior-registrar',
      phone: '4412',
      name: 'Dr A. Siddiq',
    });
  });

  test('ADM-2 nothing is sent until each meeting field has been chosen; then what was chosen is', async () => {
    const here = server(record());
    const form = open();
    form.put({ phone: '4412', initials: 'SA' });
    here.put({ phone: '7700', initials: 'XX' });
    await form.save(here.send, here.read, now);
    const before = here.sent.length;
    form.choose('phone', 'theirs');
    expect(await form.save(here.send, here.read, now)).toBe(false);
    expect(here.sent).toHaveLength(before);
    expect(form.unchosen).toBe(1);
    form.choose('initials', 'mine');
    expect(await form.save(here.send, here.read, now)).toBe(true);
    expect(here.sent.at(-1)).toEqual({ was: { initials: 'XX' }, becomes: { initials: 'SA' } });
    expect(form.fields.phone).toBe('7700');
    expect(form.meeting).toBeNull();
  });

  test('ADM-2 taking theirs, with nothing else changed, leaves nothing to save; writing anew in such a field is choosing mine', async () => {
    const here = server(record());
    const taking = open();
    taking.put({ phone: '4412' });
    here.put({ phone: '7700' });
    await taking.save(here.send, here.read, now);
    taking.choose('phone', 'theirs');
    expect(taking.meeting).toBeNull();
    expect(taking.isChanged).toBe(false);

    const writing = open();
    writing.put({ phone: '4412' });
    await writing.save(here.send, here.read, now);
    writing.put({ phone: '4413' });
    expect(writing.unchosen).toBe(0);
    expect(await writing.save(here.send, here.read, now)).toBe(true);
    expect(here.sent.at(-1)).toEqual({ was: { phone: '7700' }, becomes: { phone: '4413' } });
  });

  test('a fault keeps it from being sent and stands at its field', async () => {
    const here = server(record());
    const form = open();
    form.put({ name: ' ', mobile: '0300' });
    expect(await form.save(here.send, here.read, now)).toBe(false);
    expect(here.sent).toEqual([]);
    expect(form.fault('name')).toEqual({ kind: 'missing' });
    expect(form.fault('mobile')).toEqual({ kind: 'not-valid' });
    form.put({ name: 'Dr Siddiq', mobile: null });
    expect(form.faultyPaths).toEqual([]);
  });

  test('half a number keeps it from being sent though the record still holds the old one', async () => {
    const here = server(record());
    const form = open();
    form.put({ phone: '1' });
    form.setBroken('rank', '12x');
    expect(await form.save(here.send, here.read, now)).toBe(false);
    expect(here.sent).toEqual([]);
    form.setBroken('rank', null);
    expect(await form.save(here.send, here.read, now)).toBe(true);
  });

  test('a rule that stands against it is said at its field, and the words stay', async () => {
    const form = open();
    form.put({ email: 'taken@hospital.example' });
    const refusals = [
      { code: 'email-taken' as const, path: 'email' },
      { code: 'last-administrator' as const },
    ];
    const isSaved = await form.save(
      () => Promise.resolve(err({ type: 'refused', refusals })),
      () => Promise.reject(new Error('not read')),
      now,
    );
    expect(isSaved).toBe(false);
    expect(form.fault('email')).toEqual({ kind: 'refused', refusal: refusals[0] });
    expect(form.fields.email).toBe('taken@hospital.example');
  });

  test('without the server what was typed is kept, here and over a reload; private data only here', async () => {
    const store = tab();
    const form = open(store);
    form.put({ phone: '4412', mobile: '+923001234567' });
    await form.save(
      () => Promise.resolve(err({ type: 'no-answer' })),
      () => Promise.resolve(err({ type: 'no-answer' })),
      now,
    );
    expect(form.failure).toEqual({ type: 'no-answer' });
    expect(form.fields).toMatchObject({ phone: '4412', mobile: '+923001234567' });
    expect(form.losesOnReload).toBe(true);
    expect([...store.held.values()].join()).not.toContain('+923001234567');
    const again = open(store);
    expect(again.isBroughtBack).toBe(true);
    expect(again.fields).toMatchObject({ phone: '4412', mobile: null });
  });

  test('ADM-2 a half-filled form brought back meets what was changed while it lay there', () => {
    const store = tab();
    open(store).put({ phone: '4412' });
    const again = open(store, record({ phone: '7700' }));
    expect(again.meeting?.names).toEqual(['phone']);
    expect(again.fields.phone).toBe('4412');
  });

  test('discarding goes back to the record and leaves nothing behind', () => {
    const store = tab();
    const form = open(store);
    form.put({ phone: '4412' });
    expect(store.held.size).toBe(1);
    form.discard();
    expect(form.fields).toEqual(fields);
    expect(store.held.size).toBe(0);
  });

  test('what another build of the app kept is not brought back', () => {
    const store = tab();
    open(store).put({ phone: '4412' });
    const other = new EditForm<StaffFields>({
      schema: staffFieldsSchema,
      record: record(),
      keeping: { store, key: 'person', build: '2' },
    });
    expect(other.isBroughtBack).toBe(false);
    expect(other.fields.phone).toBe('4411');
  });
});
