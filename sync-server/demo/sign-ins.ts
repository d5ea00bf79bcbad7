import type { Person } from '#shared/directory/staff.ts';
import type { PersonId } from '#shared/lib/id.ts';
import type { Teams } from './staff.ts';

export interface DemoAccount {
  readonly email: string;
  readonly person: PersonId;
}
export interface DemoSignIn extends DemoAccount {
  readonly name: string;
  readonly description: string;
}

const domain = 'sahil-hospital.example';

/** `hamza.raza@…`: the name without its title. */
export const emailOf = (name: string): string =>
  `${name
    .replace(/^Dr /, '')
    .toLowerCase()
    .replace(/[^a-z]+/g, '.')}@${domain}`;

export const accountsOf = (people: readonly Person[]): DemoAccount[] =>
  people.map((person) => ({ email: emailOf(person.name), person: person.id }));

const signIn = (person: Person | undefined, description: string): DemoSignIn[] =>
  person === undefined
    ? []
    : [{ email: emailOf(person.name), person: person.id, name: person.name, description }];

/** One of each kind of person, so that a visitor can play both sides of a consult. */
export const signInsOf = ({ MED, CARD, ADMIN }: Teams): DemoSignIn[] => [
  ...signIn(MED.firstTier[0], 'Doctor, General Medicine: asks'),
  ...signIn(CARD.firstTier[0], 'Doctor, Cardiology, on call now: answers'),
  ...signIn(CARD.head, 'Head of Cardiology'),
  ...signIn(MED.ward[0], 'Nurse in charge, General Medicine'),
  ...signIn(ADMIN.head, 'Administrator'),
];
