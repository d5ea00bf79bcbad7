import type { RequestContent } from '#shared/consult/events.ts';
import type { PersonId } from '#shared/lib/id.ts';
import { addMinutes, type Instant } from '#shared/lib/instant.ts';
import { defaultTargets, type Urgency } from '#shared/consult/vocabulary.ts';
import { onCall } from '#shared/directory/on-call.ts';
import { answerOf, followUpFindings, messages, phrases, progressNotes } from './answer.ts';
import type { ClinicalCase } from './cases/clinical-case.ts';
import { ConsultStory, type References } from './consult-story.ts';
import type { HospitalPlan } from './hospital-plan.ts';
import { localDate } from './local-time.ts';
import type { DemoPatient } from './patients.ts';
import { requestContent, requesterOf } from './request.ts';

/** How a consult of the past went. */
export type Course =
  'answered' | 'asked-back' | 'redirected' | 'declined' | 'cancelled' | 'followed-up' | 'reopened';

export const courses: readonly (readonly [Course, number])[] = [
  ['answered', 78],
  ['asked-back', 7],
  ['redirected', 3],
  ['declined', 3],
  ['cancelled', 3],
  ['followed-up', 4],
  ['reopened', 2],
];

interface Telling {
  readonly given: ClinicalCase;
  readonly patient: DemoPatient;
  readonly at: Instant;
  readonly plan: HospitalPlan;
  readonly references: References;
}

/** Time moves on with every act. */
class Walk {
  at: Instant;
  constructor(at: Instant) {
    this.at = at;
  }
  on(minutes: number): Instant {
    this.at = addMinutes(this.at, Math.max(0.2, minutes));
    return this.at;
  }
}

/** Minutes until somebody answers: mostly within the target, sometimes well beyond it; slower at night. */
function waitMinutes(urgency: Urgency, at: Instant, { random }: HospitalPlan): number {
  const target = defaultTargets[urgency].acknowledged;
  const hour = Number(addMinutes(at, 300).slice(11, 13));
  const slow = (hour < 7 || hour > 21 ? 1.35 : 1) * (urgency === 'emergency' ? 0.75 : 1);
  const share = random.chance(0.86) ? 0.05 + 0.45 * random.fraction() ** 2 : 0.7 + 1.6 * random.fraction();
  return target * share * slow;
}

/** Who answers: the one it was given to, else whoever is on call, else a doctor of the first tier. */
export function answererOf(
  story: ConsultStory,
  at: Instant,
  { directory, departments, teams, random }: HospitalPlan,
): PersonId {
  const { assignee } = story.consult;
  const doctors = teams[story.receiving].doctors;
  if (assignee !== null && doctors.some((doctor) => doctor.id === assignee)) return assignee;
  const awake = onCall(directory, departments[story.receiving].id, 'first', at);
  if (awake !== null && awake !== story.consult.requester) return awake;
  return random.pick(teams[story.receiving].firstTier).id;
}

/** The receiver, or the head where nobody was delegated. */
export const leaderOf = (story: ConsultStory, { departments, teams }: HospitalPlan): PersonId =>
  departments[story.receiving].receiver ?? teams[story.receiving].head.id;

/** Opened, acknowledged with a promise, seen at the bedside; returns who came. */
function comes(story: ConsultStory, walk: Walk, plan: HospitalPlan): PersonId {
  const { random } = plan;
  const { urgency } = story.consult;
  const targets = defaultTargets[urgency];
  walk.on(waitMinutes(urgency, walk.at, plan));
  const doctor = answererOf(story, walk.at, plan);
  if (random.chance(0.6)) story.act('opened', {}, doctor, walk.at, { onPhone: true });
  const promiseMinutes = urgency === 'emergency' ? random.pick([0, 5, 15]) : random.pick([15, 30, 60]);
  story.act('acknowledged', { promiseMinutes, assignSelf: true }, doctor, walk.on(0.5), {
    onPhone: random.chance(0.7),
  });
  if (random.chance(0.12))
    story.act('message-posted', { text: random.pick(messages) }, story.consult.requester, walk.on(2));
  const late = random.chance(0.1) ? 1.3 : 0.35;
  story.act(
    'seen',
    {},
    doctor,
    walk.on(Math.max(2, (targets.seen - targets.acknowledged) * late * (0.5 + random.fraction()))),
  );
  return doctor;
}

function answers(
  story: ConsultStory,
  doctor: PersonId,
  walk: Walk,
  { given, plan }: Telling,
  followUp = false,
): void {
  const { random } = plan;
  const targets = defaultTargets[story.consult.urgency];
  const left =
    (targets.completed - targets.seen) * (random.chance(0.9) ? 0.15 + 0.4 * random.fraction() : 1.4);
  if (random.chance(0.3)) {
    const kind = random.pick(['assessment', 'plan', 'progress'] as const);
    story.act('note-added', { kind, text: random.pick(progressNotes) }, doctor, walk.on(left * 0.4));
  }
  story.act('completed', answerOf(given, followUp, random), doctor, walk.on(left * 0.6));
}

/** The requesting side marks the advice and closes; some leave it at the answer. */
function accepts(story: ConsultStory, walk: Walk, { plan: { random } }: Telling): void {
  const { requester } = story.consult;
  if (random.chance(0.75)) {
    for (const { id } of story.consult.recommendations) {
      const as = random.weighted([['accepted', 6] as const, ['done', 3] as const, ['declined', 1] as const]);
      const body =
        as === 'declined'
          ? ({
              recommendation: id,
              as,
              reason: 'Not available in the pharmacy; discussed with the team.',
            } as const)
          : ({ recommendation: id, as } as const);
      story.act('recommendation-marked', body, requester, walk.on(random.int(3, 40)));
    }
  }
  if (random.chance(0.88)) story.act('closed', {}, requester, walk.on(random.int(20, 300)));
}

const hand: Readonly<Record<Course, (story: ConsultStory, walk: Walk, telling: Telling) => void>> = {
  answered(story, walk, telling) {
    answers(story, comes(story, walk, telling.plan), walk, telling);
    accepts(story, walk, telling);
  },
  'asked-back'(story, walk, telling) {
    const { given, plan } = telling;
    const [question, answer] = given.ask ?? [
      'Which drugs were given in the last 24 h?',
      'Chart photographed, doses as written in the request.',
    ];
    walk.on(waitMinutes(story.consult.urgency, walk.at, plan) * 0.6);
    const doctor = answererOf(story, walk.at, plan);
    story.act('acknowledged', { promiseMinutes: 30, assignSelf: true }, doctor, walk.at, { onPhone: true });
    story.act('info-requested', { text: question }, doctor, walk.on(4));
    story.act('info-provided', { text: answer }, story.consult.requester, walk.on(plan.random.int(4, 26)));
    story.act('seen', {}, doctor, walk.on(plan.random.int(8, 30)));
    answers(story, doctor, walk, telling);
    accepts(story, walk, telling);
  },
  redirected(story, walk, telling) {
    const { plan, given } = telling;
    walk.on(waitMinutes(story.consult.urgency, walk.at, plan) * 0.5);
    const body = { department: plan.departments[given.to].id, reason: plan.random.pick(phrases.redirected) };
    story.act('redirected', body, leaderOf(story, plan), walk.at);
    answers(story, comes(story, walk, plan), walk, telling);
    accepts(story, walk, telling);
  },
  declined(story, walk, { plan }) {
    walk.on(waitMinutes(story.consult.urgency, walk.at, plan) * 0.7);
    const wayForward = { way: 'advice-given', advice: plan.random.pick(phrases.advice) } as const;
    story.act(
      'declined',
      { wayForward, reason: plan.random.pick(phrases.declined) },
      leaderOf(story, plan),
      walk.at,
    );
    story.act('closed', {}, story.consult.requester, walk.on(plan.random.int(5, 50)));
  },
  cancelled(story, walk, { plan }) {
    walk.on(waitMinutes(story.consult.urgency, walk.at, plan) * 0.4);
    story.act('cancelled', { reason: plan.random.pick(phrases.cancelled) }, story.consult.requester, walk.at);
  },
  'followed-up'(story, walk, telling) {
    const { plan, given } = telling;
    const doctor = comes(story, walk, plan);
    answers(story, doctor, walk, telling, true);
    const everyMinutes = (given.everyDays ?? 2) * 24 * 60;
    for (
      let visit = 1;
      visit <= 3 && addMinutes(walk.at, everyMinutes + 120) < plan.now && story.consult.followUp !== null;
      visit++
    ) {
      const next = { kind: 'regular', everyDays: given.everyDays ?? 2 } as const;
      followUpFallsDue(story, walk.on(everyMinutes), visit);
      story.act(
        'follow-up-recorded',
        { findings: plan.random.pick(followUpFindings), next },
        doctor,
        walk.on(plan.random.int(20, 90)),
      );
    }
    if (addMinutes(walk.at, 60) < plan.now && story.consult.followUp !== null) {
      story.act(
        'follow-up-ended',
        { reason: 'Stable, the ward goes on with the plan.' },
        doctor,
        walk.on(30),
      );
    }
  },
  reopened(story, walk, telling) {
    const { plan } = telling;
    answers(story, comes(story, walk, plan), walk, telling);
    story.act('closed', {}, story.consult.requester, walk.on(60));
    story.act(
      'reopened',
      { reason: plan.random.pick(phrases.reopened) },
      story.consult.requester,
      walk.on(plan.random.int(60, 240)),
    );
    answers(story, comes(story, walk, plan), walk, telling);
    accepts(story, walk, telling);
  },
};

export function followUpFallsDue(story: ConsultStory, at: Instant, visit: number): void {
  const { followUp } = story.consult;
  if (followUp === null) return;
  story.state(
    'follow-up-due',
    { of: followUp.event, dueAt: at },
    followUp.event,
    at,
    `follow-up-due:${visit}:${localDate(at)}`,
  );
}

/** A request that goes to the wrong department at first: not the patient's own, nor the one that will answer. */
export function sentAstray(
  content: RequestContent,
  { to }: ClinicalCase,
  patient: DemoPatient,
  plan: HospitalPlan,
): RequestContent {
  const wrong = plan.random.pick(
    (['MED', 'SURG', 'PULM', 'NEUR', 'GAST'] as const).filter(
      (code) => code !== to && code !== patient.department,
    ),
  );
  return {
    ...content,
    receivingDepartment: plan.departments[wrong].id,
    preferredDoctor: null,
    intakeAnswers: [],
  };
}

function begin(course: Course, { given, patient, at, plan, references }: Telling): ConsultStory {
  const story = new ConsultStory(plan, references);
  // A tablet in a dead corner of the ward keeps a request for a while.
  const lateMinutes = plan.random.chance(0.05) ? plan.random.int(2, 25) : 0;
  const content = requestContent(given, patient, plan);
  const sent = course === 'redirected' ? sentAstray(content, given, patient, plan) : content;
  return story.submit(sent, requesterOf(patient, at, plan), at, [], { lateMinutes });
}

/** A consult that is over, told to its end. */
export function tellCourse(course: Course, telling: Telling): ConsultStory {
  const story = begin(course, telling);
  hand[course](story, new Walk(telling.at), telling);
  return story;
}
