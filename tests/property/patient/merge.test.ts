import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Consult } from '#shared/consult/consult.ts';
import { projectConsult } from '#shared/consult/project.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import type { PatientId } from '#shared/lib/id.ts';
import { projectPatient } from '#shared/patient/project-patient.ts';
import { mergeStateOf, recordOf, relinkOf } from '#shared/patient/relink.ts';
import { departments, patientId, story, type Story } from '#tests/builders.ts';
import { patientEvent, registered } from '#tests/unit/patient/patient-story.ts';

const names = ['a', 'b', 'c', 'd'];

/** A small ward: records that are merged and separated, and a consult of each that follows as the server would write it. */
class Ward {
  readonly records = new Map<PatientId, HeldEvent[]>(
    names.map((name) => [
      patientId(name),
      [
        {
          ...registered({ name }),
          document: patientId(name),
          id: `${registered().id}:${name}` as HeldEvent['id'],
        },
      ],
    ]),
  );
  readonly consults: Story[] = names.map((name) =>
    story(`of ${name}`).submitted({ patient: patientId(name) }),
  );

  patient(id: PatientId) {
    const patient = projectPatient(this.records.get(id) ?? []);
    if (patient === null) throw new Error('no patient');
    return patient;
  }
  consult(told: Story): Consult {
    const consult = projectConsult(told.events);
    if (consult === null) throw new Error('no consult');
    return consult;
  }
  readonly mergedInto = (id: PatientId): PatientId | null => mergeStateOf(this.patient(id)).mergedInto;

  private add(id: PatientId, make: (n: number) => HeldEvent): void {
    const events = this.records.get(id) ?? [];
    const n = events.length + 1;
    events.push({ ...make(n), document: id, id: `${make(n).id}:${n}` as HeldEvent['id'] });
    this.relink();
  }
  merge(from: PatientId, into: PatientId): void {
    this.add(from, (n) => patientEvent('merged-into', { patient: into, reason: 'x' }, { n, document: from }));
  }
  separate(id: PatientId): void {
    this.add(id, (n) => patientEvent('unmerged', { reason: 'x' }, { n, document: id }));
  }
  private relink(): void {
    for (const told of this.consults) {
      const record = relinkOf(this.consult(told), this.mergedInto);
      if (record === null) continue;
      const before = told.events.length;
      told.system(
        'patient-relinked',
        { patient: record },
        { ...told.last, id: `${told.last.id}:${before}` as HeldEvent['id'] },
      );
    }
  }
  links(): readonly PatientId[] {
    return this.consults.map((told) => this.consult(told).patient);
  }
  /** All of a record that a reader sees, without the story of how it came about. */
  faces() {
    return names.map((name) => {
      const {
        timeline: _t,
        lastN: _n,
        lastLamport: _l,
        changedAt: _c,
        ...face
      } = this.patient(patientId(name));
      return face;
    });
  }
}

const step = fc.record({
  act: fc.constantFrom('merge', 'merge', 'separate'),
  from: fc.constantFrom(...names),
  into: fc.constantFrom(...names),
});
function play(ward: Ward, steps: readonly { act: string; from: string; into: string }[]): void {
  for (const { act, from, into } of steps) {
    if (act === 'separate') ward.separate(patientId(from));
    else if (from !== into) ward.merge(patientId(from), patientId(into));
  }
}

describe('PAT-3 merge ∘ undo = identity', () => {
  it('of one merge, whatever was merged before: state, content and the links of consults', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 6 }),
        fc.constantFrom(...names),
        fc.constantFrom(...names),
        (before, from, into) => {
          fc.pre(from !== into);
          const ward = new Ward();
          play(ward, before);
          // Merging twice is one merge and its undoing one undoing: what is undone must have been made here.
          fc.pre(ward.mergedInto(patientId(from)) === null);
          const was = { faces: ward.faces(), links: ward.links() };
          ward.merge(patientId(from), patientId(into));
          ward.separate(patientId(from));
          expect({ faces: ward.faces(), links: ward.links() }).toEqual(was);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('of all merges, undone in any order', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 8 }),
        fc.shuffledSubarray(names, { minLength: names.length }),
        (steps, order) => {
          const fresh = new Ward();
          const ward = new Ward();
          play(ward, steps);
          for (const name of order) ward.separate(patientId(name));
          expect({ faces: ward.faces(), links: ward.links() }).toEqual({
            faces: fresh.faces(),
            links: fresh.links(),
          });
        },
      ),
      { numRuns: 100 },
    );
  });

  it('a consult stands at the end of its patient’s merges, and two records merged into each other keep their own', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
        const ward = new Ward();
        play(ward, steps);
        for (const [at, link] of ward.links().entries())
          expect(link).toBe(recordOf(patientId(names[at] ?? ''), ward.mergedInto));
      }),
      { numRuns: 100 },
    );
    const ward = new Ward();
    ward.merge(patientId('a'), patientId('b'));
    ward.merge(patientId('b'), patientId('a'));
    expect(ward.links().slice(0, 2)).toEqual([patientId('a'), patientId('b')]);
    expect(ward.patient(patientId('a')).content.department).toBe(departments.medicine.id);
  });
});
