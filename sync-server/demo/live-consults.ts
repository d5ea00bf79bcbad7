import type { Urgency } from '#shared/consult/vocabulary.ts';
import type { PersonId } from '#shared/lib/id.ts';
import { addMinutes, type Instant } from '#shared/lib/instant.ts';
import { answerOf, followUpFindings, messages, phrases, progressNotes } from './answer.ts';
import type { ClinicalCase } from './cases/clinical-case.ts';
import { ConsultStory, type References } from './consult-story.ts';
import { answererOf, followUpFallsDue, leaderOf, sentAstray } from './course.ts';
import type { ClinicalCode } from './departments.ts';
import type { HospitalPlan } from './hospital-plan.ts';
import type { DemoPatient } from './patients.ts';
import { allCases, requestContent, requesterOf, suits } from './request.ts';

/** What has happened so far to a consult that is still going on, or ended today. */
type Scene =
  | 'waiting'
  | 'arrived-late'
  | 'assigned'
  | 'acknowledged'
  | 'promise-broken'
  | 'in-progress'
  | 'info-waiting'
  | 'info-late'
  | 'declined'
  | 'declined-twice'
  | 'redirected'
  | 'taken-twice'
  | 'taken-after-cancel'
  | 'more-urgent'
  | 'joined'
  | 'corrected'
  | 'completed'
  | 'followed-up'
  | 'follow-up-due'
  | 'closed'
  | 'cancelled'
  | 'reopened'
  | 'force-closed';

interface LiveConsult {
  readonly scene: Scene;
  readonly from: ClinicalCode;
  readonly to: ClinicalCode;
  readonly urgency: Urgency;
  readonly minutesAgo: number;
}
const live = (
  scene: Scene,
  from: ClinicalCode,
  to: ClinicalCode,
  urgency: Urgency,
  minutesAgo: number,
): LiveConsult => ({
  scene,
  from,
  to,
  urgency,
  minutesAgo,
});

/** The hospital as somebody finds it on opening the demo; every state is there, some of it late. */
const liveConsults: readonly LiveConsult[] = [
  live('waiting', 'MED', 'CARD', 'emergency', 2),
  live('waiting', 'SURG', 'CARD', 'urgent', 11),
  live('waiting', 'ORTH', 'CARD', 'routine', 95),
  live('waiting', 'SURG', 'MED', 'urgent', 19),
  live('waiting', 'EMER', 'NEUR', 'emergency', 17),
  live('waiting', 'OBGY', 'MED', 'urgent', 76),
  live('waiting', 'MED', 'UROL', 'routine', 290),
  live('waiting', 'GAST', 'SURG', 'routine', 180),
  live('waiting', 'PAED', 'NEPH', 'urgent', 8),
  live('waiting', 'NEPH', 'ORTH', 'urgent', 24),
  live('arrived-late', 'MED', 'NEPH', 'emergency', 5),
  live('arrived-late', 'SURG', 'PULM', 'emergency', 7),
  live('assigned', 'NEPH', 'CARD', 'urgent', 14),
  live('acknowledged', 'MED', 'CARD', 'urgent', 26),
  live('acknowledged', 'CARD', 'PULM', 'urgent', 31),
  live('acknowledged', 'MED', 'GAST', 'routine', 210),
  live('promise-broken', 'SURG', 'MED', 'urgent', 74),
  live('promise-broken', 'MED', 'NEUR', 'urgent', 66),
  live('in-progress', 'MED', 'CARD', 'urgent', 58),
  live('in-progress', 'EMER', 'ICU', 'emergency', 34),
  live('in-progress', 'MED', 'SURG', 'routine', 400),
  live('info-waiting', 'MED', 'CARD', 'routine', 120),
  live('info-waiting', 'SURG', 'GAST', 'urgent', 27),
  live('info-late', 'MED', 'NEPH', 'urgent', 88),
  live('declined', 'ORTH', 'MED', 'routine', 170),
  live('declined-twice', 'SURG', 'ICU', 'routine', 330),
  live('redirected', 'MED', 'NEUR', 'urgent', 40),
  live('redirected', 'EMER', 'SURG', 'urgent', 21),
  live('taken-twice', 'MED', 'CARD', 'urgent', 22),
  live('taken-after-cancel', 'MED', 'CARD', 'urgent', 160),
  live('more-urgent', 'NEUR', 'ICU', 'urgent', 28),
  live('joined', 'MED', 'GAST', 'routine', 150),
  live('corrected', 'MED', 'PULM', 'routine', 260),
  live('completed', 'MED', 'CARD', 'urgent', 200),
  live('completed', 'SURG', 'NEPH', 'urgent', 340),
  live('completed', 'MED', 'ORTH', 'urgent', 300),
  live('followed-up', 'MED', 'SURG', 'urgent', 5 * 1440),
  live('followed-up', 'SURG', 'NEPH', 'urgent', 4 * 1440),
  live('follow-up-due', 'MED', 'CARD', 'urgent', 4 * 1440),
  live('follow-up-due', 'ORTH', 'MED', 'urgent', 3 * 1440),
  live('closed', 'MED', 'CARD', 'urgent', 420),
  live('closed', 'EMER', 'CARD', 'emergency', 500),
  live('cancelled', 'MED', 'CARD', 'routine', 230),
  live('reopened', 'MED', 'CARD', 'urgent', 540),
  live('force-closed', 'MED', 'UROL', 'routine', 1300),
];

interface Scenery {
  readonly given: ClinicalCase;
  readonly patient: DemoPatient;
  readonly plan: HospitalPlan;
  /** A moment so many minutes after the request; never after now. */
  readonly at: (minutes: number) => Instant;
  readonly minutesAgo: number;
}

const takeIt = { promiseMinutes: 15, assignSelf: true } as const;

/** Somebody of the department other than the one given. */
const colleagueOf = (story: ConsultStory, person: PersonId, plan: HospitalPlan): PersonId =>
  plan.teams[story.receiving].firstTier.find((one) => one.id !== person)?.id ?? person;

function taken(
  story: ConsultStory,
  { at, plan }: Scenery,
  afterMinutes: number,
  promiseMinutes = 15,
): PersonId {
  const doctor = answererOf(story, at(afterMinutes), plan);
  story.act('acknowledged', { promiseMinutes, assignSelf: true }, doctor, at(afterMinutes), {
    onPhone: true,
  });
  return doctor;
}

function answered(story: ConsultStory, scenery: Scenery, followUp = false): PersonId {
  const { at, given, plan, minutesAgo } = scenery;
  const until = Math.min(minutesAgo, 160);
  const doctor = taken(story, scenery, until * 0.06);
  story.act('seen', {}, doctor, at(until * 0.3));
  story.act(
    'note-added',
    { kind: 'assessment', text: plan.random.pick(progressNotes) },
    doctor,
    at(until * 0.4),
  );
  story.act('completed', answerOf(given, followUp, plan.random), doctor, at(until * 0.5));
  return doctor;
}

const scenes: Readonly<Record<Scene, (story: ConsultStory, scenery: Scenery) => void>> = {
  waiting() {
    // Nobody has answered yet; what fell due was escalated.
  },
  'arrived-late'() {
    // Told by how it was submitted.
  },
  assigned(story, { at, plan }) {
    const to = plan.teams[story.receiving].firstTier[1]?.id ?? leaderOf(story, plan);
    story.act('assigned', { to, acknowledges: false }, leaderOf(story, plan), at(4));
  },
  acknowledged(story, scenery) {
    taken(story, scenery, scenery.minutesAgo - 9, 30);
    story.act(
      'message-posted',
      { text: messages[0] ?? '' },
      story.consult.assignee ?? story.consult.requester,
      scenery.at(scenery.minutesAgo - 8),
    );
  },
  'promise-broken'(story, scenery) {
    taken(story, scenery, 12, 15);
  },
  'in-progress'(story, scenery) {
    const { at, minutesAgo, plan } = scenery;
    const doctor = taken(story, scenery, Math.min(6, minutesAgo * 0.2));
    story.act('seen', {}, doctor, at(minutesAgo * 0.6));
    story.act(
      'note-added',
      { kind: 'assessment', text: plan.random.pick(progressNotes) },
      doctor,
      at(minutesAgo * 0.8),
    );
  },
  'info-waiting'(story, scenery) {
    const doctor = taken(story, scenery, scenery.minutesAgo - 8, 60);
    const question = scenery.given.ask?.[0] ?? 'Which drugs were given in the last 24 h?';
    story.act('info-requested', { text: question }, doctor, scenery.at(scenery.minutesAgo - 5));
  },
  'info-late'(story, scenery) {
    const doctor = taken(story, scenery, 10, 30);
    const question =
      scenery.given.ask?.[0] ?? 'Is the potassium back, and how much urine in the last six hours?';
    story.act('info-requested', { text: question }, doctor, scenery.at(14));
  },
  declined(story, { at, plan }) {
    const wayForward = { way: 'advice-given', advice: phrases.advice[0] } as const;
    story.act('declined', { wayForward, reason: phrases.declined[0] }, leaderOf(story, plan), at(60));
  },
  'declined-twice'(story, { at, plan }) {
    const leader = leaderOf(story, plan);
    const byPhone = { way: 'agreed-by-phone', with: 'the surgical registrar' } as const;
    story.act('declined', { wayForward: byPhone, reason: phrases.declined[0] }, leader, at(90));
    story.act(
      'resubmitted',
      { changes: 'Discussed again: the anaesthetist asks for the bed in writing.' },
      story.consult.requester,
      at(150),
    );
    const advice = { way: 'advice-given', advice: phrases.advice[1] } as const;
    story.act(
      'declined',
      { wayForward: advice, reason: 'No bed foreseen; recovery can keep the patient overnight.' },
      leader,
      at(240),
    );
  },
  redirected(story, { at, plan, given, minutesAgo }) {
    const body = { department: plan.departments[given.to].id, reason: phrases.redirected[0] };
    story.act('redirected', body, leaderOf(story, plan), at(minutesAgo * 0.5));
  },
  'taken-twice'(story, { at, plan }) {
    const first = answererOf(story, at(6), plan);
    const second = colleagueOf(story, first, plan);
    const { lastN, consult } = story;
    const seen = { base: lastN, lamport: consult.lastLamport + 1 };
    story.act('acknowledged', takeIt, first, at(6), { ...seen, onPhone: true });
    // The other tablet was in the lift: it had not heard of the first.
    story.act('acknowledged', { promiseMinutes: 5, assignSelf: true }, second, at(8), {
      ...seen,
      lateMinutes: 2,
    });
  },
  'taken-after-cancel'(story, { at, plan }) {
    const doctor = answererOf(story, at(18), plan);
    const { lastN, consult } = story;
    const seen = { base: lastN, lamport: consult.lastLamport + 1 };
    story.act('cancelled', { reason: phrases.cancelled[1] }, consult.requester, at(14), seen);
    story.act('acknowledged', takeIt, doctor, at(18), { ...seen, lateMinutes: 6 });
  },
  'more-urgent'(story, { at }) {
    const body = {
      to: 'emergency',
      reason: 'Saturation falling in the last ten minutes, confused now.',
    } as const;
    story.act('urgency-changed', body, story.consult.requester, at(20));
  },
  joined(story, scenery) {
    const { at, plan, patient } = scenery;
    const joining = (['SURG', 'NEPH', 'ORTH'] as const).find(
      (code) => code !== patient.department && code !== story.receiving,
    );
    if (joining === undefined) return;
    const joiner = plan.teams[story.receiving].firstTier[1]?.id ?? story.consult.requester;
    const body = {
      department: plan.departments[joining].id,
      reason: 'The surgical team has the same question before theatre.',
    };
    story.act('joined', body, joiner, at(40));
    taken(story, scenery, 55, 60);
  },
  corrected(story, scenery) {
    const { at } = scenery;
    const doctor = taken(story, scenery, 40, 60);
    story.act('seen', {}, doctor, at(90));
    story.act(
      'note-added',
      { kind: 'assessment', text: 'Left basal effusion, tap planned on the left.' },
      doctor,
      at(100),
    );
    const note = story.consult.timeline.at(-1)?.event.id;
    if (note === undefined) return;
    story.act(
      'corrected',
      { of: note, text: 'Right side, not left: confirmed by ultrasound.' },
      doctor,
      at(104),
    );
    story.act('note-added', { kind: 'plan', text: 'Start heparin tonight.' }, doctor, at(110));
    const mistaken = story.consult.timeline.at(-1)?.event.id;
    if (mistaken !== undefined) {
      story.act('entered-in-error', { of: mistaken, reason: 'Written in the wrong chart.' }, doctor, at(112));
    }
  },
  completed(story, scenery) {
    answered(story, scenery);
  },
  'followed-up'(story, scenery) {
    const { at, given, plan } = scenery;
    const doctor = answered(story, scenery, true);
    if (given.everyDays === undefined) return;
    const next = { kind: 'regular', everyDays: 9 } as const;
    followUpFallsDue(story, at(1440), 1);
    story.act('follow-up-recorded', { findings: plan.random.pick(followUpFindings), next }, doctor, at(1500));
  },
  'follow-up-due'(story, scenery) {
    answered(story, scenery, true);
    followUpFallsDue(story, scenery.at(2 * 1440), 1);
  },
  closed(story, scenery) {
    const { at } = scenery;
    answered(story, scenery);
    for (const { id } of story.consult.recommendations) {
      story.act(
        'recommendation-marked',
        { recommendation: id, as: 'accepted' },
        story.consult.requester,
        at(200),
      );
    }
    story.act('closed', {}, story.consult.requester, at(230));
  },
  cancelled(story, { at }) {
    story.act('cancelled', { reason: phrases.cancelled[0] }, story.consult.requester, at(50));
  },
  reopened(story, scenery) {
    const { at, minutesAgo } = scenery;
    answered(story, scenery);
    story.act('closed', {}, story.consult.requester, at(200));
    story.act('reopened', { reason: phrases.reopened[0] }, story.consult.requester, at(minutesAgo - 16));
  },
  'force-closed'(story, { at, plan, minutesAgo }) {
    const body = { reason: 'Patient left three days ago; left open by mistake.' };
    story.act('force-closed', body, plan.teams.ADMIN.head.id, at(minutesAgo - 60));
  },
};

/** Needs a case with visits, or one with a question to ask back, where the scene is about that. */
function fits(scene: Scene, given: ClinicalCase): boolean {
  if (scene === 'followed-up' || scene === 'follow-up-due') return given.everyDays !== undefined;
  return true;
}

interface Chosen extends LiveConsult {
  readonly given: ClinicalCase;
  readonly patient: DemoPatient;
}

/** A case of that department and urgency for a patient in the house, nobody twice while there are others. */
function choose(
  wanted: LiveConsult,
  used: Set<DemoPatient>,
  { patients, random, now }: HospitalPlan,
): Chosen | null {
  const submittedAt = addMinutes(now, -wanted.minutesAgo - 60);
  const inHouse = patients.filter((patient) => patient.leftAt === null && patient.admittedAt < submittedAt);
  const tries: ((patient: DemoPatient, given: ClinicalCase) => boolean)[] = [
    (patient, given) =>
      patient.department === wanted.from && given.urgency === wanted.urgency && !used.has(patient),
    (patient, given) => given.urgency === wanted.urgency && !used.has(patient),
    (_patient, given) => given.urgency === wanted.urgency,
    () => true,
  ];
  for (const isWanted of tries) {
    const pairs = inHouse.flatMap((patient) =>
      allCases
        .filter(
          (given) =>
            given.to === wanted.to &&
            fits(wanted.scene, given) &&
            suits(given, patient) &&
            isWanted(patient, given),
        )
        .map((given) => ({ patient, given })),
    );
    if (pairs.length === 0) continue;
    const pair = random.pick(pairs);
    used.add(pair.patient);
    return { ...wanted, ...pair };
  }
  return null;
}

/** Minutes a request waited on its tablet before it came. */
const waitedMinutes = 41;

export interface LiveTelling {
  readonly at: Instant;
  readonly tell: (references: References) => ConsultStory;
}

/** The consults of the last days that are still open or just ended, as tellings to be ordered by the time they came. */
export function planLiveConsults(plan: HospitalPlan): LiveTelling[] {
  const used = new Set<DemoPatient>();
  return liveConsults.flatMap((wanted) => {
    const chosen = choose(wanted, used, plan);
    return chosen === null
      ? []
      : [
          {
            at: addMinutes(plan.now, -chosen.minutesAgo),
            tell: (references) => tellLive(chosen, plan, references),
          },
        ];
  });
}

function tellLive(
  { scene, given, patient, minutesAgo, urgency }: Chosen,
  plan: HospitalPlan,
  references: References,
): ConsultStory {
  const submittedAt = addMinutes(plan.now, -minutesAgo);
  const at = (minutes: number): Instant =>
    addMinutes(submittedAt, Math.max(0.1, Math.min(minutes, minutesAgo - 0.2)));
  const story = new ConsultStory(plan, references);
  const content = { ...requestContent(given, patient, plan), urgency, preferredDoctor: null };
  const lateMinutes = scene === 'arrived-late' ? waitedMinutes : 0;
  const sent = scene === 'redirected' ? sentAstray(content, given, patient, plan) : content;
  story.submit(sent, requesterOf(patient, submittedAt, plan), submittedAt, [], { lateMinutes });
  scenes[scene](story, { given, patient, plan, at, minutesAgo });
  return story.escalateUntil(plan.now);
}
