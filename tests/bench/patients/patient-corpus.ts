import type { StampedEvent } from '#shared/event/envelope.ts';
import type { DepartmentId, EventId } from '#shared/lib/id.ts';
import { instant } from '#shared/lib/instant.ts';
import type { PatientContent } from '#shared/patient/content.ts';

/** Patients of a large hospital: a few names that everybody has, in both scripts and every spelling, and thousands that few have. */

const common = [
  'Muhammad',
  'Mohammed',
  'Mohd',
  'Ali',
  'Ahmed',
  'Hussain',
  'Husain',
  'Fatima',
  'Ayesha',
  'Aisha',
  'Khan',
  'Bibi',
  'محمد',
  'علی',
  'فاطمہ',
  'خان',
];
const syllables = [
  'ba',
  'shi',
  'ra',
  'na',
  'ja',
  'mil',
  'far',
  'han',
  'zu',
  'bai',
  'da',
  'kha',
  'lid',
  'sa',
  'im',
  'noor',
  'iq',
];

const mixed = (seed: number): number => Math.imul(seed ^ (seed >>> 15), 2_654_435_761) >>> 0;

/** One of some three thousand. */
function rare(seed: number): string {
  const at = mixed(seed);
  const text = [at % 17, (at >>> 8) % 17, (at >>> 16) % 11].map((each) => syllables[each] ?? '').join('');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function nameOf(at: number): string {
  const first = mixed(at) % 3 === 0 ? (common[mixed(at + 1) % common.length] ?? '') : rare(at + 1);
  const last = mixed(at + 2) % 4 === 0 ? (common[mixed(at + 3) % common.length] ?? '') : rare(at * 31 + 7);
  return `${first} ${rare(at * 17 + 11)} ${last}`;
}

const hex = (value: number, length: number): string =>
  value.toString(16).padStart(length, '0').slice(-length);
/** A version 4 UUID made of a number; `kind` keeps ids of different things apart. */
export const idOf = (kind: number, at: number): string =>
  `${hex(mixed(at), 8)}-${hex(kind, 4)}-4000-8000-${hex(at, 12)}`;

export const departmentsInUse = Array.from({ length: 60 }, (_unused, at) => idOf(9, at) as DepartmentId);

export function contentOf(at: number): PatientContent {
  return {
    mrn: `MRN-${String(1_000_000 + at)}`,
    name: nameOf(at),
    born: { kind: 'date', date: `19${String(30 + (at % 70))}-0${String(1 + (at % 9))}-1${String(at % 9)}` },
    sex: at % 2 === 0 ? 'female' : 'male',
    ward: `W${String(at % 40)}`,
    bed: String(mixed(at) % 30),
    department: departmentsInUse[at % departmentsInUse.length] ?? (idOf(9, 0) as DepartmentId),
    diagnosis: 'Community-acquired pneumonia',
    allergies: { kind: 'known', list: [{ substance: 'Penicillin', reaction: 'rash' }] },
    precautions: [],
  };
}

const registeredAt = instant('2026-03-02T08:00:00.000Z');

export function registeredEvent(at: number): StampedEvent {
  return {
    v: 1,
    id: idOf(2, at) as EventId,
    document: idOf(1, at),
    type: 'registered',
    author: idOf(3, at % 2000),
    device: idOf(4, at % 300),
    lamport: 1,
    base: 0,
    occurredAt: registeredAt,
    body: { content: contentOf(at) },
    n: 1,
    receivedAt: registeredAt,
    via: 'session',
    seal: 'x'.repeat(43),
  };
}

/** What people type at a search field. */
export function queriesFor(count: number): string[] {
  const kinds: ((at: number) => string)[] = [
    (at) => nameOf(at).split(' ')[1] ?? '',
    (at) => nameOf(at),
    (at) => rare(at * 31 + 7).slice(0, 4),
    (at) => `mohd ${rare(at * 17 + 11)}`,
    () => 'Muhammad',
    () => 'محمد خان',
    (at) => String(1_000_000 + (mixed(at) % 20_000)).slice(-4),
    (at) => `MRN-${String(1_000_000 + (mixed(at) % 20_000))}`,
    (at) => `w${String(at % 40)}-${String(at % 30)}`,
    (at) => `fatima w${String(at % 40)}`,
  ];
  return Array.from({ length: count }, (_unused, at) => (kinds[at % kinds.length] ?? (() => ''))(at * 977));
}
