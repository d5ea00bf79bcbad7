import { expect, type Page } from '@playwright/test';
import { words, wordsLike } from '../fixtures/words.ts';

export type Urgency = 'emergency' | 'urgent' | 'routine';

export interface Request {
  /** What to type to find the patient, and the name that is found. */
  readonly search: string;
  readonly department: string;
  readonly urgency: Urgency;
  readonly question: string;
  readonly reason: string;
  /** Answers to the department's own questions, by question. */
  readonly intake?: Readonly<Record<string, string>>;
}

/** A new consult. */
export class ComposePage {
  readonly #page: () => Page;
  constructor(page: () => Page) {
    this.#page = page;
  }

  get patientSearch() {
    return this.#page().getByRole('searchbox', { name: words('compose_patient_search') });
  }
  get patientsFound() {
    return this.#page()
      .getByRole('list', { name: words('compose_patient_found') })
      .getByRole('button');
  }
  get departmentSearch() {
    return this.#page().getByRole('searchbox', { name: words('compose_department_search') });
  }
  get departments() {
    return this.#page()
      .getByRole('list', { name: words('compose_departments') })
      .getByRole('button');
  }
  get question() {
    return this.#page().getByRole('textbox', { name: words('compose_question_label') });
  }
  get reason() {
    return this.#page().getByRole('textbox', { name: words('compose_reason') });
  }
  get history() {
    return this.#page().getByRole('textbox', { name: words('compose_history') });
  }
  get send() {
    return this.#page().getByRole('button', { name: words('compose_send'), exact: true });
  }
  get draftKept() {
    return this.#page().getByText(wordsLike('compose_draft_saved'));
  }
  get restored() {
    return this.#page()
      .getByRole('status')
      .filter({ hasText: words('compose_restored') });
  }

  urgency(urgency: Urgency) {
    return this.#page()
      .getByRole('group', { name: words('compose_urgency') })
      .getByRole('radio', { name: words(`common_urgency_${urgency}`) });
  }

  async choosePatient(search: string): Promise<string> {
    await this.patientSearch.fill(search);
    const first = this.patientsFound.first();
    await expect(first).toBeVisible();
    const name = (await first.locator('strong').textContent()) ?? '';
    await first.click();
    return name.trim();
  }

  /** Somebody no tablet knows yet, registered within the request. */
  async registerPatient(patient: {
    readonly name: string;
    readonly age: number;
    readonly sex: 'female' | 'male';
    readonly ward: string;
  }): Promise<void> {
    await this.patientSearch.fill(patient.name);
    const page = this.#page();
    await page
      .getByRole('button', { name: words('compose_patient_register', { typed: patient.name }) })
      .click();
    await expect(page.getByRole('textbox', { name: words('patient_name') })).toHaveValue(patient.name);
    await page.getByLabel(words('patient_age'), { exact: false }).first().fill(String(patient.age));
    await page.getByRole('radio', { name: words(`patient_sex_${patient.sex}`), exact: true }).check();
    await page.getByRole('textbox', { name: words('patient_ward') }).fill(patient.ward);
  }

  async chooseDepartment(name: string): Promise<void> {
    await this.departmentSearch.fill(name);
    await this.departments.filter({ hasText: name }).first().click();
  }

  /** Everything but the send button; answers the patient's name. */
  async fill(request: Request): Promise<string> {
    const patient = await this.choosePatient(request.search);
    await this.urgency(request.urgency).check();
    await this.chooseDepartment(request.department);
    for (const [question, answer] of Object.entries(request.intake ?? {}))
      await this.#page()
        .getByRole('group', { name: question })
        .getByRole('radio', { name: answer, exact: true })
        .check();
    await this.question.fill(request.question);
    await this.reason.fill(request.reason);
    await expect(this.draftKept).toBeVisible();
    return patient;
  }
}
