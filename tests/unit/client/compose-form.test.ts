import { describe, expect, test } from 'vitest';
import type { Department } from '#shared/directory/department.ts';
import type { Person } from '#shared/directory/staff.ts';
import type { DepartmentId } from '#shared/lib/id.ts';
import { instant } from '#shared/lib/instant.ts';
import { ok } from '#shared/lib/result.ts';
import { ComposeForm, lastDraft, type ComposeWork } from '$lib/compose/compose-form.svelte.ts';
import type { Draft } from '$lib/tablet/tablet.ts';
import { Toasts } from '$lib/ui/toast/toasts.svelte.ts';
import { departments, people, uuidOf } from '#tests/builders.ts';

/** A workspace whose directory comes when the test says so. */
function workspace() {
  const drafts: Draft[] = [];
  const notAsked = () => {
    throw new Error('not asked for here');
  };
  const here = {
    me: null as Person | null,
    myDepartments: [] as DepartmentId[],
    department: (_id: DepartmentId): Department | null => ({ ...departments.medicine, extension: '4411' }),
    today: '2026-11-22',
    toasts: new Toasts(),
    patient: () => null,
    openConsult: () => null,
    completeness: () => 'whole' as const,
    sayIfNotSaved: () => true,
    tablet: {
      newId: () => uuidOf('made'),
      now: () => instant('2026-11-22T03:00:00.000Z'),
      jotDraft: () => undefined,
      saveDraft: (draft: Draft) => {
        drafts.push(draft);
        return Promise.resolve(ok(undefined));
      },
      removeDraft: notAsked,
      actOnConsult: notAsked,
      actOnPatient: notAsked,
    },
  };
  return {
    work: here satisfies ComposeWork,
    drafts,
    directoryComes: (phone: string | null) => {
      here.me = { ...people.requester, phone };
      here.myDepartments = [departments.medicine.id];
    },
  };
}

describe('CON-1 the call-back number of a new request', () => {
  test.each([
    ['the person’s own', '0300 1', '0300 1'],
    ['else that of their department', null, '4411'],
  ])('opened before the directory was read, it is filled in when it comes: %s', (_what, phone, filled) => {
    const { work, directoryComes } = workspace();
    const form = new ComposeForm(work, null);
    expect(form.fields.callBack).toBe('');
    directoryComes(phone);
    form.fillCallBack();
    expect(form.fields.callBack).toBe(filled);
  });

  test.each(['0321', ''])('what a person typed stays (%j), after a restart too', async (typed) => {
    const { work, drafts, directoryComes } = workspace();
    const form = new ComposeForm(work, null);
    form.fields.callBack = typed;
    form.callBackChanged();
    directoryComes('0300 1');
    form.fillCallBack();
    expect(form.fields.callBack).toBe(typed);
    await expect.poll(() => drafts.length).toBe(1);
    const again = new ComposeForm(work, lastDraft(drafts));
    again.fillCallBack();
    expect(again.fields.callBack).toBe(typed);
  });

  test('a draft of an earlier build is filled in like a new one', async () => {
    const { work, drafts, directoryComes } = workspace();
    const form = new ComposeForm(work, null);
    form.changed();
    await expect.poll(() => drafts.length).toBe(1);
    const { callBackTyped: _added, ...fields } = drafts[0]?.fields ?? {};
    directoryComes('0300 1');
    const again = new ComposeForm(work, lastDraft([{ ...(drafts[0] as Draft), fields }]));
    again.fillCallBack();
    expect(again.fields.callBack).toBe('0300 1');
  });
});
